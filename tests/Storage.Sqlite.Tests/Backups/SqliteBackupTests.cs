using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Contracts.ViewStore;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite.Tests.Events;
using Orderly.Tests;

namespace Orderly.Storage.Sqlite.Tests.Backups;

/// <summary>Backups of stores in use, and what is and is not put in their place.</summary>
public sealed class SqliteBackupTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(10));
    private readonly TestFiles _files = new();
    private readonly View<Sample> _view = SampleViews.Unique();

    private EmbeddedFiles Stores => new(_files.Options.Path, Path.Combine(_files.Directory, "views.db"));

    private string Backup => Path.Combine(_files.Directory, "backups", "monday");

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_backup_under_load_holds_what_was_acknowledged_before_it_began()
    {
        int before;
        string identity;
        ConcurrentQueue<(string File, long Done, long All)> progress = [];
        await using (var log = _files.Open())
        {
            identity = await log.ReadIdentityAsync(_guard.Token);
            await using var views = OpenViews(Stores);
            await WriteAsync(log, views, 200);
            using var stop = new CancellationTokenSource();
            var written = 0;
            var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await AppendAsync(log, Guid.NewGuid().ToString());
                    Interlocked.Increment(ref written);
                }
            })));
            await Wait.UntilAsync(() => Volatile.Read(ref written) > 50);
            before = 200 + Volatile.Read(ref written);
            SqliteBackup.Create(Stores, Backup, _ => { }, (file, done, all) => progress.Enqueue((file, done, all)), _guard.Token);
            Assert.False(writing.IsCompleted);
            await stop.CancelAsync();
            await writing;
        }

        var restored = new EmbeddedFiles(
            Path.Combine(_files.Directory, "elsewhere", "events.db"), Path.Combine(_files.Directory, "elsewhere", "views.db"));
        Restore(restored, overwrite: false);
        await using var copy = new SqliteEventStore(
            _files.Options with { Path = restored.Events! }, TimeProvider.System, NullLogger<SqliteEventStore>.Instance);
        var events = await copy.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, _guard.Token)
            .ToListAsync(_guard.Token);
        Assert.Equal(identity, await copy.ReadIdentityAsync(_guard.Token));
        Assert.True(events.Count >= before);
        Assert.Equal(
            ["copy views.db", "copy events.db", "check events.db", "check views.db"], progress.Select(one => one.File).Distinct());
        Assert.All(progress.GroupBy(one => one.File), file => Assert.Equal(file.Last().All, file.Last().Done));
        Assert.All(events, one => Assert.Null(one.Damage));
        await using var copied = OpenViews(restored);
        Assert.Equal(200, (await copied.FindAsync(_view, ["a"], _guard.Token)).Position);
        Assert.IsType<AppendResult.Appended>(await AppendAsync(copy, "later"));
    }

    [Fact]
    public async Task A_backup_goes_only_where_nothing_is()
    {
        await WriteAsync();
        Directory.CreateDirectory(Backup);
        var kept = Path.Combine(Backup, "kept.txt");
        await File.WriteAllTextAsync(kept, "kept", _guard.Token);
        Assert.Contains("is not empty", Assert.Throws<SqliteBackupException>(Create).Message, StringComparison.Ordinal);
        Assert.Equal([kept], Directory.EnumerateFileSystemEntries(Backup));

        File.Delete(kept);
        Directory.CreateDirectory($"{Backup}.partial");
        await File.WriteAllTextAsync($"{Backup}.partial/events.db", "what a killed backup left", _guard.Token);
        Create();
        Assert.Equal(["events.db", "views.db"], Directory.EnumerateFileSystemEntries(Backup).Select(Path.GetFileName).Order());
        Assert.False(Directory.Exists($"{Backup}.partial"));
    }

    [Fact]
    public async Task A_copy_with_a_fault_is_no_backup()
    {
        await WriteAsync();
        Execute(Stores.Events!, "UPDATE events SET data = x'00' WHERE position = 2");
        Assert.Contains("1 faults", Assert.Throws<SqliteBackupException>(Create).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Backup));
        Assert.True(File.Exists($"{Backup}.partial/events.db"));
    }

    [Theory]
    [InlineData("views.db", "UPDATE partitions SET position = 1000")]
    [InlineData("events.db", "DELETE FROM events WHERE position = 2")]
    public async Task A_backup_with_a_fault_replaces_nothing(string file, string damage)
    {
        await WriteAsync();
        Create();
        Execute(Path.Combine(Backup, file), damage);
        await WriteAsync(4);
        Assert.Throws<SqliteBackupException>(() => Restore(Stores, overwrite: true));
        await using var log = _files.Open();
        Assert.Equal(new LogPosition(7), await log.ReadHeadAsync(_guard.Token));
        Assert.DoesNotContain(Directory.EnumerateFiles(_files.Directory), one => one.Contains(".restored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stores_are_replaced_only_when_that_is_said_and_nobody_uses_them()
    {
        await WriteAsync();
        Create();
        await using (var log = _files.Open())
        {
            await AppendAsync(log, "after the backup");
            Assert.Contains(
                "--overwrite", Assert.Throws<SqliteBackupException>(() => Restore(Stores, overwrite: false)).Message,
                StringComparison.Ordinal);
            Assert.Contains(
                "still uses", Assert.Throws<SqliteBackupException>(() => Restore(Stores, overwrite: true)).Message,
                StringComparison.Ordinal);
            Assert.Equal(new LogPosition(4), await log.ReadHeadAsync(_guard.Token));
        }

        Restore(Stores, overwrite: true);
        await using var restored = _files.Open();
        Assert.Equal(new LogPosition(3), await restored.ReadHeadAsync(_guard.Token));
    }

    [Fact]
    public async Task A_directory_without_the_stores_is_no_backup()
    {
        await WriteAsync();
        Directory.CreateDirectory(Backup);
        Assert.Contains(
            "is no backup", Assert.Throws<SqliteBackupException>(() => Restore(Stores, overwrite: true)).Message,
            StringComparison.Ordinal);
    }

    private static SqliteViewStore OpenViews(EmbeddedFiles files) => new(
        new SqliteViewStoreOptions { Path = files.Views! }, TimeProvider.System, NullLogger<SqliteViewStore>.Instance);

    private void Create() => SqliteBackup.Create(Stores, Backup, _ => { }, (_, _, _) => { }, _guard.Token);

    private void Restore(EmbeddedFiles files, bool overwrite)
        => SqliteBackup.Restore(files, Backup, overwrite, _ => { }, (_, _, _) => { }, _guard.Token);

    private async Task WriteAsync(int events = 3)
    {
        await using var log = _files.Open();
        await using var views = OpenViews(Stores);
        await WriteAsync(log, views, events);
    }

    private async Task WriteAsync(SqliteEventStore log, SqliteViewStore views, int events)
    {
        for (var i = 0; i < events; i++)
        {
            await AppendAsync(log, $"a-{i}");
        }

        var live = await views.OpenAsync(_view, 1, _guard.Token);
        Assert.NotNull(await views.CommitAsync(
            _view, new ViewCommit<Sample>(live.Partitions, events, [new("a", events, Sample.Of("one", 1))], []), _guard.Token));
    }

    private async Task<AppendResult> AppendAsync(SqliteEventStore log, string stream)
        => await log.AppendAsync(
            stream, ExpectedRevision.Any, [new NewEvent(Guid.CreateVersion7(), "something-happened.v1", "{}"u8.ToArray(), default)],
            _guard.Token);

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False;Vfs={PageChecksums.RowsFileSystem}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
