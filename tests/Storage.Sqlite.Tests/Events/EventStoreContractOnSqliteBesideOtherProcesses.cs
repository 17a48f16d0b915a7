using Orderly.Contracts.EventStore;
using Orderly.Domain.EventStore;
using Orderly.Tests;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>
/// The contract when every write goes through one store and every read through another on the same file, with pages
/// and commits so small that each test needs many, while another process appends to the file all the time.
/// </summary>
public sealed class EventStoreContractOnSqliteBesideOtherProcesses(EventStoreContractOnSqliteBesideOtherProcesses.Fixture fixture)
    : EventStoreContract, IClassFixture<EventStoreContractOnSqliteBesideOtherProcesses.Fixture>
{
    protected override IEventStore Store => fixture.Store;

    protected override Task PassTimeAsync(TimeSpan time)
    {
        fixture.Clock.Forward(time);
        return Task.CompletedTask;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly TestFiles _files = new();
        private readonly SqliteEventStore _writing;
        private readonly SqliteEventStore _reading;
        private readonly OtherProcess _other;
        private Task _draining = Task.CompletedTask;

        public Fixture()
        {
            _writing = _files.Open(options => options with { MaxCommitEvents = 8, QueueCapacity = 4, CheckpointPages = 50 }, Clock);
            _reading = _files.Open(options => options with { ReadPageEvents = 7, ScanWindow = 50, MaxReadConnections = 2 }, Clock);
            _other = OtherProcess.StartAppending(_files.Options.Path, "noise", 1);
            Store = new WriteHereReadThere(_writing, _reading);
        }

        public ShiftedTime Clock { get; } = new();

        public IEventStore Store { get; }

        public async Task InitializeAsync()
        {
            await _other.BeginAsync(CancellationToken.None);
            Assert.StartsWith("acknowledged", await _other.ReadLineAsync(CancellationToken.None), StringComparison.Ordinal);

            // It would stop when nobody takes what it prints.
            _draining = _other.ReadToEndAsync(CancellationToken.None);
        }

        public async Task DisposeAsync()
        {
            _other.Kill();
            await _draining;
            _other.Dispose();
            await _writing.DisposeAsync();
            await _reading.DisposeAsync();
            _files.Dispose();
        }
    }

    private sealed class WriteHereReadThere(IEventStore here, IEventStore there) : EventStoreDecorator(there)
    {
        public override Task<AppendResult> AppendAsync(
            string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
            => here.AppendAsync(stream, expected, events, cancellationToken);

        public override Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
            => here.SetMetadataAsync(stream, metadata, cancellationToken);

        public override Task DeleteStreamAsync(string stream, CancellationToken cancellationToken)
            => here.DeleteStreamAsync(stream, cancellationToken);

        public override Task ProbeAsync(CancellationToken cancellationToken) => here.ProbeAsync(cancellationToken);
    }
}
