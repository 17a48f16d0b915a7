using Microsoft.Data.Sqlite;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite.Tests.Views;

/// <summary>What is SQLite's own: the file, its tables, its limits and its failures.</summary>
public sealed class SqliteViewStoreTests : IAsyncLifetime
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
    public async Task Documents_outlive_the_store()
    {
        await using (var store = SqliteViewFile.Open(_file.Options))
        {
            await CommitAsync(store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "one"));
        }

        await using var later = SqliteViewFile.Open(_file.Options);
        var found = await later.FindAsync(_view, ["a"], Patience);
        Assert.Equal((4, "one"), (found.Position, found.Documents[0].Value.Text));
    }

    [Fact]
    public async Task A_file_of_a_program_from_before_has_no_marks_and_takes_them()
    {
        await using (var store = SqliteViewFile.Open(_file.Options))
        {
            await CommitAsync(store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "one"));
        }

        MakeOfTheVersionBefore();
        await using var later = SqliteViewFile.Open(_file.Options);
        var live = Assert.Single(await later.ReadGenerationsAsync(Patience));
        Assert.Equal((4, null), (live.Position, live.Partitions[0].Mark));
        var mark = new LogMark("log", 5, Guid.NewGuid(), default);
        await later.CommitAsync(_view, new ViewCommit<Sample>(live.Partitions, 5, [], []) { Mark = mark }, Patience);
        Assert.Equal(5, (await later.ReadGenerationsAsync(Patience))[0].Partitions[0].Mark!.Position);
    }

    [Fact]
    public async Task A_person_can_read_the_documents()
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        await CommitAsync(store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "Größe <1>"));

        Assert.StartsWith(
            "{\"text\":\"Größe <1>\"", (string?)Ask($"SELECT body FROM \"{_view.Name}#1\" WHERE id = 'a'"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edges_have_one_index_in_the_order_in_which_a_walk_reads_them()
    {
        var view = SampleViews.Graph();
        await using var store = SqliteViewFile.Open(_file.Options);
        await store.OpenAsync(view, 1, Patience);

        Assert.Equal(
            $"{view.Name}#1 edges: field_text up, field_number down, field_note.author up",
            (string?)Ask($"""
                SELECT group_concat(one, '; ') FROM (
                    SELECT list.name || ': ' || group_concat(info.name || iif(info.desc, ' down', ' up'), ', ') AS one
                    FROM pragma_index_list('{view.Name}#1') list, pragma_index_xinfo(list.name) info
                    WHERE list.origin = 'c' AND info.key GROUP BY list.name)
                """));
    }

    [Theory]
    [InlineData("body = replace(body, '4.5', '9.5')")]
    [InlineData("body = '{'")]
    [InlineData("position = position + 1")]
    [InlineData("id = 'c'")]
    [InlineData("checksum = 0")]
    public async Task A_document_that_was_changed_is_not_served(string change)
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        var live = await CommitAsync(
            store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "4.5"), Document("b", "4.5"));
        Ask($"UPDATE \"{_view.Name}#1\" SET {change} WHERE id = 'a'");

        var id = change.StartsWith("id", StringComparison.Ordinal) ? "c" : "a";
        var refusal = await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.FindAsync(_view, [id], Patience));
        Assert.Contains("its checksum is wrong", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.LoadAsync(_view, 1, [id], Patience));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.QueryAsync(_view, new ViewQuery([], 10), Patience));
        Assert.Single((await store.FindAsync(_view, ["b"], Patience)).Documents);
        var page = await store.PageAsync(_view, live.Number, null, 10, Patience);
        Assert.Equal([id], page!.Damaged);
        Assert.Equal("b", Assert.Single(page.Documents).Id);

        await CommitAsync(store, _view, live, 5, Document(id, "4.5"));
        Assert.Single((await store.FindAsync(_view, [id], Patience)).Documents);
    }

    [Fact]
    public async Task A_file_of_the_version_before_gets_its_checksums_when_it_is_opened()
    {
        await using (var store = SqliteViewFile.Open(_file.Options))
        {
            await CommitAsync(store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "Größe"), Document("b", null));
        }

        MakeOfTheVersionBefore();
        await using var later = SqliteViewFile.Open(_file.Options);
        var found = await later.FindAsync(_view, ["a", "b"], Patience);
        Assert.Equal(["Größe", null], found.Documents.Select(one => one.Value.Text));
    }

    [Fact]
    public async Task A_file_that_is_moved_away_is_unavailable_until_it_is_back()
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        var live = await CommitAsync(store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "one"));
        File.Move(_file.Options.Path, $"{_file.Options.Path}.away");
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => CommitAsync(store, _view, live, 5));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.FindAsync(_view, ["a"], Patience));
        Assert.False(File.Exists(_file.Options.Path));

        File.Move($"{_file.Options.Path}.away", _file.Options.Path);
        await CommitAsync(store, _view, live, 5);
        Assert.Single((await store.FindAsync(_view, ["a"], Patience)).Documents);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(99)]
    public async Task A_file_of_another_version_is_refused(int version)
    {
        await using (var store = SqliteViewFile.Open(_file.Options))
        {
            await store.OpenAsync(_view, 1, Patience);
        }

        Ask($"PRAGMA user_version = {version}");

        await using var other = SqliteViewFile.Open(_file.Options);
        await Assert.ThrowsAsync<ViewStoreFormatException>(() => other.FindAsync(_view, ["a"], Patience));
        await Assert.ThrowsAsync<ViewStoreFormatException>(() => other.OpenAsync(_view, 1, Patience));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_unavailable()
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        await File.WriteAllTextAsync(_file.Options.Path, new string('x', 10_000), Patience);

        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.FindAsync(_view, ["a"], Patience));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.OpenAsync(_view, 1, Patience));

        File.Delete(_file.Options.Path);
        Assert.Equal(1, (await store.OpenAsync(_view, 1, Patience)).Number);
    }

    [Fact]
    public async Task A_copy_that_is_not_in_wal_mode_is_brought_back_into_it()
    {
        await using (var store = SqliteViewFile.Open(_file.Options))
        {
            await store.OpenAsync(_view, 1, Patience);
        }

        // As VACUUM INTO leaves it.
        Assert.Equal("delete", Ask("PRAGMA journal_mode = DELETE"));

        await using var later = SqliteViewFile.Open(_file.Options);
        await CommitAsync(later, _view, await later.OpenAsync(_view, 1, Patience), 4, Document("a", "one"));
        Assert.Equal("wal", Ask("PRAGMA journal_mode"));
    }

    [Fact]
    public void A_directory_that_can_not_be_made_is_unavailable()
    {
        var directory = Path.GetDirectoryName(_file.Options.Path)!;
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "file");
        File.WriteAllText(file, string.Empty);

        Assert.Throws<ViewStoreUnavailableException>(
            () => SqliteViewFile.Open(_file.Options with { Path = Path.Combine(file, "views.db") }));
    }

    [Fact]
    public async Task A_locked_file_is_unavailable_for_writers_and_open_for_readers()
    {
        await using var store = SqliteViewFile.Open(_file.Options with { BusyTimeout = TimeSpan.FromMilliseconds(20) });
        var live = await CommitAsync(store, _view, await store.OpenAsync(_view, 1, Patience), 4, Document("a", "one"));

        using (var other = Connect())
        {
            using var transaction = other.BeginTransaction(deferred: false);
            await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => CommitAsync(store, _view, live, 5));
            Assert.Single((await store.FindAsync(_view, ["a"], Patience)).Documents);
        }

        await CommitAsync(store, _view, live, 5);
    }

    [Fact]
    public async Task Waiting_for_a_locked_file_can_be_cancelled()
    {
        await using var store = SqliteViewFile.Open(_file.Options);
        var live = await store.OpenAsync(_view, 1, Patience);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        using var other = Connect();
        using var transaction = other.BeginTransaction(deferred: false);

        var commit = store.CommitAsync(_view, new ViewCommit<Sample>(live.Partitions, 5, [], []), cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit);
        Assert.False(Patience.IsCancellationRequested);
    }

    [Fact]
    public async Task A_commit_that_fails_half_way_leaves_nothing()
    {
        var view = ViewWith("number", sample => sample.Text == "bad" ? new object() : sample.Number);
        await using var store = SqliteViewFile.Open(_file.Options);
        var live = await store.OpenAsync(view, 1, Patience);

        await Assert.ThrowsAsync<ArgumentException>(() => CommitAsync(store, view, live, 5, Document("a", "good"), Document("b", "bad")));

        Assert.Equal(live, Assert.Single(await store.ReadGenerationsAsync(Patience)));
        Assert.Empty((await store.FindAsync(view, ["a", "b"], Patience)).Documents);
        await CommitAsync(store, view, live, 5, Document("a", "good"));
    }

    [Fact]
    public async Task A_field_may_be_named_like_a_column_of_the_table()
    {
        var view = ViewWith("position", sample => sample.Number);
        await using var store = SqliteViewFile.Open(_file.Options);
        await CommitAsync(store, view, await store.OpenAsync(view, 1, Patience), 5, Document("a", "one", 3), Document("b", "two", 30));

        var found = await store.QueryAsync(view, new ViewQuery([new ViewCondition.LessThan("position", 10)], 10), Patience);

        Assert.Equal(["a"], found.Documents.Select(document => document.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x\" TEXT); DROP TABLE live; --")]
    [InlineData("a b")]
    public async Task A_field_with_another_name_than_a_path_is_refused(string name)
    {
        var view = ViewWith(name, sample => sample.Number);
        await using var store = SqliteViewFile.Open(_file.Options);

        await Assert.ThrowsAsync<ArgumentException>(() => store.OpenAsync(view, 1, Patience));

        Assert.Empty(await store.ReadGenerationsAsync(Patience));
    }

    [Fact]
    public async Task A_field_that_the_live_generation_was_built_without_is_read_from_the_documents()
    {
        var old = new View<Sample>(_view.Name, 1, SampleJson.Default.Sample);
        await using var store = SqliteViewFile.Open(_file.Options);
        await CommitAsync(
            store,
            old,
            await store.OpenAsync(old, 1, Patience),
            5,
            Document("a", "One", 3),
            Document("b", "two", 30),
            Document("c", null, null));

        var raised = SampleViews.Named(_view.Name, version: 2);
        var less = await store.QueryAsync(raised, new ViewQuery([new ViewCondition.LessThan("number", 10)], 10), Patience);
        var contains = await store.QueryAsync(
            raised, new ViewQuery([new ViewCondition.Contains(["note.author", "text"], "one")], 10), Patience);

        Assert.Equal(["a"], less.Documents.Select(document => document.Id));
        Assert.Equal(["a"], contains.Documents.Select(document => document.Id));
    }

    [Fact]
    public async Task A_generation_that_is_dropped_leaves_nothing_behind()
    {
        var view = SearchSampleViews.Unique();
        await using var store = SqliteViewFile.Open(_file.Options);
        var live = await store.OpenAsync(view, 1, Patience);
        Assert.NotNull(await store.CommitAsync(
            view, new ViewCommit<SearchSample>(live.Partitions, 5, [new("a", 5, SearchSample.Of("open", 1, "tea", "A"))], []), Patience));
        var building = await store.StartGenerationAsync(view, Patience);
        Assert.True(await store.SwapAsync(
            With(building, await store.CommitAsync(view, new ViewCommit<SearchSample>(building.Partitions, 5, [], []), Patience)),
            Patience));
        const string Left = "SELECT count(*) FROM sqlite_master WHERE name LIKE '%#1%'";
        Assert.True((long)Ask(Left)! > 10);

        await store.DropGenerationAsync((await store.ReadGenerationsAsync(Patience)).Single(one => !one.IsLive), Patience);

        Assert.Equal(0L, Ask(Left));
        await store.DropViewAsync(view.Name, Patience);
        Assert.Equal(0L, Ask("SELECT count(*) FROM sqlite_master WHERE name LIKE '%#%'"));

        static ViewGeneration With(ViewGeneration generation, IReadOnlyList<ViewPartition>? partitions)
            => generation with { Partitions = partitions! };
    }

    [Fact]
    public async Task A_file_that_a_person_vacuums_is_searched_as_before()
    {
        var view = SearchSampleViews.Unique();
        await using var store = SqliteViewFile.Open(_file.Options);
        var live = await store.OpenAsync(view, 1, Patience);
        List<StoredDocument<SearchSample>> documents = [.. Enumerable.Range(0, 20).Select(
            i => new StoredDocument<SearchSample>($"id-{i}", 1, SearchSample.Of(text: $"word{i}x", tags: [$"T{i}"])))];
        var committed = await store.CommitAsync(view, new ViewCommit<SearchSample>(live.Partitions, 1, documents, []), Patience);
        Assert.NotNull(await store.CommitAsync(
            view, new ViewCommit<SearchSample>(committed!, 2, [], [.. documents.Take(10).Select(one => one.Id)]), Patience));

        Ask("VACUUM");

        foreach (var condition in new ViewCondition[]
        {
            new ViewCondition.Matches("text.words", "word17x"), new ViewCondition.OneOf("tags", "T17"),
        })
        {
            Assert.Equal(
                ["id-17"], (await store.QueryAsync(view, new ViewQuery([condition], 10), Patience)).Documents.Select(one => one.Id));
        }
    }

    [Fact]
    public async Task The_log_stays_bounded_under_steady_reads()
    {
        var options = _file.Options with { CheckpointKiB = 256, LogLimitKiB = 1024 };
        await using var store = SqliteViewFile.Open(options);
        var generation = await store.OpenAsync(_view, 1, Patience);
        var done = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref done) == 0)
            {
                await store.QueryAsync(_view, new ViewQuery([], 100), Patience);
            }
        })).ToList();

        var largest = 0L;
        for (var position = 1; position <= 100; position++)
        {
            generation = await CommitAsync(
                store, _view, generation, position, [.. Enumerable.Range(0, 40).Select(i => Document($"id-{i}", new string('x', 5_000)))]);
            largest = Math.Max(largest, new FileInfo(options.Path + "-wal").Length);
        }

        Volatile.Write(ref done, 1);
        await Task.WhenAll(readers);
        Assert.InRange(largest, 1, 3 * 1024 * 1024);
    }

    [Fact]
    public async Task More_statements_than_are_kept_still_run()
    {
        await using var store = SqliteViewFile.Open(_file.Options with { ReadConnections = 1 });
        for (var i = 0; i < 140; i++)
        {
            var view = SampleViews.Unique();
            await CommitAsync(store, view, await store.OpenAsync(view, 1, Patience), i, Document("a", $"{i}"));
            Assert.Equal($"{i}", (await store.FindAsync(view, ["a"], Patience)).Documents[0].Value.Text);
        }
    }

    [Fact]
    public async Task A_store_that_was_disposed_says_so()
    {
        var store = SqliteViewFile.Open(_file.Options);
        await store.OpenAsync(_view, 1, Patience);
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.FindAsync(_view, ["a"], Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.OpenAsync(_view, 1, Patience));
        File.Delete(_file.Options.Path);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => SqliteViewFile.Open(_file.Options with { Path = " " }));
        Assert.ThrowsAny<ArgumentException>(() => SqliteViewFile.Open(_file.Options with { ReadConnections = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => SqliteViewFile.Open(_file.Options with { LogLimitKiB = 1 }));
    }

    private void MakeOfTheVersionBefore()
        => Ask(
            $"ALTER TABLE \"{_view.Name}#1\" DROP COLUMN checksum; ALTER TABLE partitions DROP COLUMN mark; PRAGMA user_version = 3");

    private static StoredDocument<Sample> Document(string id, string? text, long? number = null) => new(id, 1, Sample.Of(text, number));

    private View<Sample> ViewWith(string field, Func<Sample, object?> read)
        => new(_view.Name, 1, SampleJson.Default.Sample, new ViewField<Sample>(field, read));

    private async Task<ViewGeneration> CommitAsync(
        SqliteViewStore store,
        View<Sample> view,
        ViewGeneration generation,
        long position,
        params IReadOnlyList<StoredDocument<Sample>> upserts)
    {
        var committed = await store.CommitAsync(view, new ViewCommit<Sample>(generation.Partitions, position, upserts, []), Patience);
        Assert.NotNull(committed);
        return generation with { Partitions = committed };
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_file.Options.Path};Pooling=False;Vfs={PageChecksums.FileSystem}");
        connection.Open();
        return connection;
    }

    private object? Ask(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
