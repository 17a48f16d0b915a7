using Orderly.Contracts.EventStore;
using Orderly.Domain.EventStore;
using Orderly.Tests;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>The contract on one store.</summary>
public sealed class EventStoreContractOnSqlite(EventStoreContractOnSqlite.Fixture fixture)
    : EventStoreContract, IClassFixture<EventStoreContractOnSqlite.Fixture>
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

        public Fixture() => Store = _files.Open(time: Clock);

        public ShiftedTime Clock { get; } = new();

        public SqliteEventStore Store { get; }

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            await Store.DisposeAsync();
            _files.Dispose();
        }
    }
}
