using Microsoft.Data.Sqlite;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite.Tests.Views;

/// <summary>Several processes on one file, and processes that are killed.</summary>
public sealed class SqliteViewStoreProcessTests : IAsyncLifetime
{
    private readonly SqliteViewFile _file = new();
    private readonly View<Sample> _view = SampleViews.Unique();

    private CancellationToken Patience { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _file.Delete();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Processes_that_count_on_one_document_lose_no_count()
    {
        const int Wins = 150;
        using var one = ViewWriterProcess.StartCounting(_file.Options.Path, _view.Name, Wins);
        using var two = ViewWriterProcess.StartCounting(_file.Options.Path, _view.Name, Wins);

        // This process takes part as well.
        var here = await Task.Run(() => ViewWriterProcess.CountAsync(_file.Options.Path, _view.Name, Wins), Patience);

        Assert.Equal((0, 0, 0), (here, await one.WaitForExitAsync(Patience), await two.WaitForExitAsync(Patience)));
        await using var store = SqliteViewFile.Open(_file.Options);
        var found = await store.FindAsync(_view, ["counter"], Patience);
        Assert.Equal((3 * Wins, 3 * Wins), (found.Position, found.Documents[0].Value.Number));
    }

    [Fact]
    public async Task What_another_process_commits_is_seen_here()
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        using var writer = ViewWriterProcess.StartCommitting(_file.Options.Path, _view.Name);

        var seen = 0L;
        await foreach (var generations in store.WatchAsync(Patience))
        {
            var position = generations.SingleOrDefault()?.Position ?? 0;
            Assert.True(position >= seen, "The view went back.");
            var found = await store.QueryAsync(_view, new ViewQuery([], 1000), Patience);
            Assert.True(found.Position >= position, "The documents are older than what was announced.");
            AssertComplete(found);
            if ((seen = position) >= 50)
            {
                break;
            }
        }

        await writer.KillAsync(Patience);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_process_that_is_killed_leaves_documents_and_checkpoint_of_one_commit(int round)
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        using (var writer = ViewWriterProcess.StartCommitting(_file.Options.Path, _view.Name))
        {
            await WaitForAsync(store, generation => generation.Position >= round * 23);
            await writer.KillAsync(Patience);
        }

        // Seen by who was there, and by who comes later.
        AssertComplete(await store.QueryAsync(_view, new ViewQuery([], 1000), Patience));
        await using var later = SqliteViewFile.Open(_file.Options);
        AssertComplete(await later.QueryAsync(_view, new ViewQuery([], 1000), Patience));

        // Its lock is gone with it, and the next worker goes on from its checkpoint.
        var generation = await later.OpenAsync(_view, 1, Patience);
        var next = generation.Position + 1;
        Assert.NotNull(await later.CommitAsync(
            _view, new ViewCommit<Sample>(generation.Partitions, next, ViewWriterProcess.DocumentsAt(next), []), Patience));
        AssertComplete(await store.QueryAsync(_view, new ViewQuery([], 1000), Patience));
        Assert.Equal("ok", Ask("PRAGMA integrity_check"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(15)]
    public async Task A_process_that_is_killed_while_it_rebuilds_leaves_one_whole_live_generation(int generations)
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        using (var writer = ViewWriterProcess.StartRebuilding(_file.Options.Path, _view.Name))
        {
            await WaitForAsync(store, generation => generation.IsLive && generation.Number >= generations);
            await writer.KillAsync(Patience);
        }

        AssertComplete(await store.QueryAsync(_view, new ViewQuery([], 1000), Patience));
        var left = await store.ReadGenerationsAsync(Patience);
        Assert.Single(left, generation => generation.IsLive);

        // Each record has its table, and no table was left without one.
        Assert.Equal(
            string.Join(',', left.Select(generation => $"{generation.View}#{generation.Number}").Order(StringComparer.Ordinal)),
            Ask("SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%#%' ORDER BY name)"));
        foreach (var other in left.Where(generation => !generation.IsLive))
        {
            await store.DropGenerationAsync(other, Patience);
        }

        Assert.Equal("ok", Ask("PRAGMA integrity_check"));
    }

    private static void AssertComplete(ViewSnapshot<Sample> found)
    {
        Assert.Equal(found.Position == 0 ? 0 : ViewWriterProcess.Documents, found.Documents.Count);
        Assert.All(found.Documents, document => Assert.Equal((found.Position, found.Position), (document.Position, document.Value.Number)));
    }

    private async Task WaitForAsync(SqliteViewStore store, Func<ViewGeneration, bool> isThere)
    {
        await foreach (var generations in store.WatchAsync(Patience))
        {
            if (generations.Any(isThere))
            {
                return;
            }
        }
    }

    /// <summary>Asks the file without the store, as a person with the sqlite3 tool would.</summary>
    private string? Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_file.Options.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString();
    }
}
