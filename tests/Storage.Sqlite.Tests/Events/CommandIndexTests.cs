using System.Text;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>Finding what a command left in the log.</summary>
public sealed class CommandIndexTests : IDisposable
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_command_is_found_whatever_stream_it_went_to()
    {
        await using var store = _files.Open();
        var command = Command(Guid.CreateVersion7());
        await store.AppendAsync("order-1", ExpectedRevision.Any, [EventOf(Command(Guid.CreateVersion7()), 0)], _guard.Token);
        await store.AppendAsync("order-2", ExpectedRevision.Any, [EventOf(command, 0), EventOf(command, 1)], _guard.Token);
        await store.AppendAsync("order-1", ExpectedRevision.Any, [EventOf(Command(Guid.CreateVersion7()), 0)], _guard.Token);

        Assert.Equal("order-2", await store.FindStreamAsync(command.CommandId, _guard.Token));
    }

    [Fact]
    public async Task A_command_is_found_under_any_digest_of_its_request()
    {
        await using var store = _files.Open();
        var command = Command(Guid.NewGuid()) with { RequestHash = "fedcba9876543210" };
        await store.AppendAsync("order-1", ExpectedRevision.Any, [EventOf(command, 0)], _guard.Token);
        Assert.NotNull(await store.FindStreamAsync(command.CommandId, _guard.Token));
    }

    [Fact]
    public async Task A_command_that_left_nothing_is_not_found_though_another_has_nearly_the_same_id()
    {
        await using var store = _files.Open();
        var bytes = Guid.NewGuid().ToByteArray(bigEndian: true);
        var command = Command(new Guid(bytes, bigEndian: true));
        bytes[^1] ^= 1;
        var neighbour = Command(new Guid(bytes, bigEndian: true));
        await store.AppendAsync("order-1", ExpectedRevision.Any, [EventOf(neighbour, 5)], _guard.Token);
        Assert.Null(await store.FindStreamAsync(command.CommandId, _guard.Token));

        await store.AppendAsync("order-2", ExpectedRevision.Any, [EventOf(command, 0)], _guard.Token);
        Assert.Equal("order-2", await store.FindStreamAsync(command.CommandId, _guard.Token));
        Assert.Equal("order-1", await store.FindStreamAsync(neighbour.CommandId, _guard.Token));
    }

    [Fact]
    public async Task Events_without_readable_metadata_are_passed_over()
    {
        await using var store = _files.Open();
        var command = Command(Guid.NewGuid());
        foreach (var metadata in new[] { "", "{}", "no json" })
        {
            var @event = EventOf(command, 0) with { Metadata = Encoding.UTF8.GetBytes(metadata) };
            await store.AppendAsync($"order-{metadata.Length}", ExpectedRevision.Any, [@event], _guard.Token);
        }

        Assert.Null(await store.FindStreamAsync(command.CommandId, _guard.Token));
    }

    [Fact]
    public async Task An_erased_command_is_not_found()
    {
        await using var store = _files.Open();
        var command = Command(Guid.NewGuid());
        await store.AppendAsync("order-1", ExpectedRevision.Any, [EventOf(command, 0)], _guard.Token);
        await store.DeleteStreamAsync("order-1", _guard.Token);
        Assert.Null(await store.FindStreamAsync(command.CommandId, _guard.Token));
    }

    private static CommandContext Command(Guid id) => CommandContext.ForRequest(id, "tester", s_at);

    private static NewEvent EventOf(CommandContext command, int index)
    {
        var metadata = $$"""
            {"$correlationId":"{{command.CorrelationId}}","$causationId":"{{command.CausationId}}","commandId":"{{command.CommandId}}",
             "actor":"{{command.Actor}}","at":"2026-01-02T03:04:05+00:00","schemaVersion":1}
            """;
        return new NewEvent(
            CommandIds.EventId(command, index), "something-happened.v1", "{}"u8.ToArray(), Encoding.UTF8.GetBytes(metadata));
    }
}
