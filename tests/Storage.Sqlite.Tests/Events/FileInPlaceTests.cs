using Microsoft.Data.Sqlite;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>A log's files that are renamed, removed or replaced while a program uses them, or before it starts.</summary>
public sealed class FileInPlaceTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();

    private string Log => _files.Options.Path;

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_log_that_was_renamed_takes_no_event_until_it_is_back()
    {
        await using (var store = _files.Open())
        {
            await AppendAsync(store, 1);
            File.Move(Log, $"{Log}.away");
            for (var time = 0; time < 3; time++)
            {
                var refusal = await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, 2));
                Assert.Contains("renamed, removed or replaced", refusal.Message, StringComparison.Ordinal);
                await Assert.ThrowsAsync<EventStoreUnavailableException>(() => store.ReadHeadAsync(_guard.Token));
            }

            Assert.False(File.Exists(Log));
            File.Move($"{Log}.away", Log);
            await AppendAsync(store, 2);
        }

        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task A_log_that_was_removed_takes_no_event_and_is_not_made_anew()
    {
        await using var store = _files.Open();
        await AppendAsync(store, 1);
        File.Delete(Log);
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, 2));
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, 2));
        Assert.False(File.Exists(Log));
    }

    [Fact]
    public async Task A_log_that_was_replaced_by_another_takes_no_event()
    {
        using var others = new TestFiles();
        await using (var other = others.Open())
        {
            await AppendAsync(other, 1);
        }

        await using (var store = _files.Open())
        {
            await AppendAsync(store, 1);
            await AppendAsync(store, 2);
            File.Move(others.Options.Path, Log, overwrite: true);
            await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, 3));
            await Assert.ThrowsAsync<EventStoreUnavailableException>(() => store.ReadHeadAsync(_guard.Token));
        }

        File.Delete($"{Log}-wal");
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task What_was_acknowledged_outlives_a_write_ahead_log_that_is_removed()
    {
        await using (var store = _files.Open())
        {
            await AppendAsync(store, 1);
            await store.ReadHeadAsync(_guard.Token);
            File.Delete($"{Log}-wal");
            await Assert.ThrowsAsync<EventStoreUnavailableException>(() => AppendAsync(store, 2));

            // As it would be after a kill now.
            using var killed = new TestFiles();
            Directory.CreateDirectory(killed.Directory);
            File.Copy(Log, killed.Options.Path);
            Assert.True(await CountAsync(killed) >= 1);
        }

        Assert.True(await CountAsync() >= 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_missing_log_is_not_replaced_by_an_empty_one(bool isEmptied)
    {
        await using (var store = _files.Open())
        {
            await AppendAsync(store, 1);
        }

        File.Delete(Log);
        if (isEmptied)
        {
            await File.WriteAllBytesAsync(Log, [], _guard.Token);
        }

        var refusal = Assert.Throws<EventStoreUnavailableException>(() => _files.Open());
        Assert.Contains($"{Log}.bell shows that there was one", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(isEmptied, File.Exists(Log));

        Directory.Delete($"{Log}.bell", recursive: true);
        await using var anew = _files.Open();
        Assert.Equal(LogPosition.Start, await anew.ReadHeadAsync(_guard.Token));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(7, true)]
    public async Task Views_that_have_read_events_show_that_there_was_a_log(long position, bool isRefused)
    {
        Directory.CreateDirectory(_files.Directory);
        var views = Path.Combine(_files.Directory, "views.db");
        using (var connection = new SqliteConnection($"Data Source={views};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"CREATE TABLE partitions (position INTEGER); INSERT INTO partitions VALUES ({position})";
            command.ExecuteNonQuery();
        }

        if (isRefused)
        {
            var refusal = Assert.Throws<EventStoreUnavailableException>(() => Open());
            Assert.Contains("views.db shows that there was one", refusal.Message, StringComparison.Ordinal);
        }
        else
        {
            await using var store = Open();
            Assert.Equal(LogPosition.Start, await store.ReadHeadAsync(_guard.Token));
        }

        SqliteEventStore Open() => _files.Open(options => options with { ViewsPath = views });
    }

    private async Task AppendAsync(SqliteEventStore store, int number)
    {
        var @event = new NewEvent(Guid.CreateVersion7(), "something-happened.v1", "{}"u8.ToArray(), default);
        Assert.IsType<AppendResult.Appended>(await store.AppendAsync($"a-{number}", ExpectedRevision.Any, [@event], _guard.Token));
    }

    private async Task<int> CountAsync(TestFiles? files = null)
    {
        await using var store = (files ?? _files).Open();
        return await store.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, _guard.Token).CountAsync(_guard.Token);
    }
}
