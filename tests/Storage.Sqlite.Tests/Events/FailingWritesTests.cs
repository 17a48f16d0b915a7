using Microsoft.Data.Sqlite;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>Writes that can't be made, or are not wanted any more. Another connection holds the lock to make them wait.</summary>
public sealed class FailingWritesTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_write_waits_for_another_process_that_writes()
    {
        await using var store = _files.Open(Patient);
        using var other = OpenConnection();
        Execute(other, "BEGIN IMMEDIATE");
        var waiting = AppendAsync(store, "a-1");
        Assert.False(waiting.IsCompleted);
        Execute(other, "COMMIT");
        Assert.IsType<AppendResult.Appended>(await waiting);
    }

    [Fact]
    public async Task A_write_fails_while_another_process_keeps_the_lock_and_later_ones_succeed()
    {
        await using var store = _files.Open(options => options with { BusyTimeout = TimeSpan.FromMilliseconds(50) });
        using var other = OpenConnection();
        Execute(other, "BEGIN IMMEDIATE");
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, "a-1"));
        Execute(other, "COMMIT");
        Assert.Equal(new AppendResult.Appended(0, new LogPosition(1)), await AppendAsync(store, "a-1"));
    }

    [Fact]
    public async Task A_failed_transaction_writes_nothing_and_later_ones_succeed()
    {
        await using var store = _files.Open();
        using var other = OpenConnection();
        Execute(other, "CREATE TRIGGER fault BEFORE INSERT ON events WHEN NEW.revision = 1 BEGIN SELECT RAISE(ROLLBACK, 'injected'); END");
        await Assert.ThrowsAnyAsync<Exception>(() => AppendAsync(store, "a-1", events: 2));
        Assert.Equal(LogPosition.Start, await store.ReadHeadAsync(_guard.Token));

        Execute(other, "DROP TRIGGER fault");
        Assert.Equal(new AppendResult.Appended(1, new LogPosition(2)), await AppendAsync(store, "a-1", events: 2));
    }

    [Fact]
    public async Task A_write_that_is_cancelled_while_it_waits_is_dropped()
    {
        await using var store = _files.Open(Patient);
        using var other = OpenConnection();
        using var cancellation = new CancellationTokenSource();
        Execute(other, "BEGIN IMMEDIATE");
        var dropped = AppendAsync(store, "a-1", cancellationToken: cancellation.Token);
        var kept = AppendAsync(store, "b-1");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dropped);
        Execute(other, "COMMIT");

        Assert.Equal(new AppendResult.Appended(0, new LogPosition(1)), await kept);
        Assert.Equal(new AppendResult.Appended(0, new LogPosition(2)), await AppendAsync(store, "a-1", ExpectedRevision.NoStream));
    }

    [Fact]
    public async Task Callers_wait_for_room_when_the_queue_is_full_and_can_be_cancelled_there()
    {
        await using var store = _files.Open(options => Patient(options) with { QueueCapacity = 2, MaxCommitEvents = 1 });
        using var other = OpenConnection();
        using var cancellation = new CancellationTokenSource();
        Execute(other, "BEGIN IMMEDIATE");
        var waiting = Enumerable.Range(0, 10).Select(i => AppendAsync(store, $"a-{i}")).ToList();
        var cancelled = AppendAsync(store, "b-1", cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Execute(other, "COMMIT");

        Assert.All(await Task.WhenAll(waiting), answer => Assert.IsType<AppendResult.Appended>(answer));
        Assert.Equal(new LogPosition(10), await store.ReadHeadAsync(_guard.Token));
    }

    [Fact]
    public async Task Disposing_finishes_what_is_queued_and_ends_everything_else()
    {
        var store = _files.Open();
        await using var subscription = store.SubscribeAsync(LogPosition.Start, EventFilter.ByEventType("never.v1"), _guard.Token)
            .GetAsyncEnumerator();
        Assert.True(await subscription.MoveNextAsync());
        var queued = Enumerable.Range(0, 100).Select(i => AppendAsync(store, $"a-{i}")).ToList();
        await store.DisposeAsync();
        await store.DisposeAsync();

        Assert.All(await Task.WhenAll(queued), answer => Assert.IsType<AppendResult.Appended>(answer));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AppendAsync(store, "a-1"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.ReadHeadAsync(_guard.Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (await subscription.MoveNextAsync())
            {
            }
        });
        await using var again = _files.Open();
        Assert.Equal(new LogPosition(100), await again.ReadHeadAsync(_guard.Token));
    }

    [Fact]
    public async Task A_slow_subscriber_is_told_that_it_fell_behind_and_that_it_caught_up_again()
    {
        await using var store = _files.Open(options => options with { ReadPageEvents = 10 });
        await using var subscription = store.SubscribeAsync(LogPosition.Start, EventFilter.Everything, _guard.Token).GetAsyncEnumerator();
        Assert.True(await subscription.MoveNextAsync());
        await AppendAsync(store, "a-1", events: 25);

        var kinds = new List<SubscriptionMessageKind>();
        while (kinds.LastOrDefault() != SubscriptionMessageKind.CaughtUp && await subscription.MoveNextAsync())
        {
            kinds.Add(subscription.Current.Kind);
        }

        Assert.Equal(
            [SubscriptionMessageKind.FellBehind, .. Enumerable.Repeat(SubscriptionMessageKind.Event, 25), SubscriptionMessageKind.CaughtUp],
            kinds);
    }

    private async Task<AppendResult> AppendAsync(
        SqliteEventStore store,
        string stream,
        ExpectedRevision? expected = null,
        int events = 1,
        CancellationToken? cancellationToken = null)
        => await store.AppendAsync(
            stream,
            expected ?? ExpectedRevision.Any,
            [.. Enumerable.Range(0, events).Select(
                _ => new NewEvent(Guid.CreateVersion7(), "something-happened.v1", "{}"u8.ToArray(), default))],
            cancellationToken ?? _guard.Token);

    /// <summary>Waits for the lock for as long as the test has it.</summary>
    private static SqliteEventStoreOptions Patient(SqliteEventStoreOptions options)
        => options with { BusyTimeout = TimeSpan.FromMinutes(10) };

    private SqliteConnection OpenConnection()
    {
        var connection = new SqliteConnection($"Data Source={_files.Options.Path};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
