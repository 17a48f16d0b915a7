using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Orderly.Contracts.ViewStore;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite.Tests.Events;
using Orderly.Storage.Sqlite.Tests.Views;

namespace Orderly.Storage.Sqlite.Tests;

/// <summary>Which pages of a store's file have checksums, and what becomes of them when other programs use the file.</summary>
public sealed class PageChecksumsTests : IDisposable
{
    private const int PageBytes = 4096;
    private const int Events = 200;

    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(5));
    private readonly TestFiles _files = new();

    private string Log => _files.Options.Path;

    public void Dispose()
    {
        _guard.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Every_page_of_a_new_file_has_one()
    {
        await WriteAsync();
        Assert.All(ChecksumsOf(Log), one => Assert.NotEqual(0UL, one));
    }

    /// <summary>The tables are listed on the first page, which has to be sound as a whole.</summary>
    [Fact]
    public async Task The_first_page_lists_all_tables_of_the_log()
    {
        await WriteAsync();
        var first = new byte[PageBytes];
        using var file = File.OpenRead(Log);
        file.ReadExactly(first);
        const int Leaf = 0x0D;
        Assert.Equal(Leaf, first[100]);
    }

    [Fact]
    public async Task A_file_of_the_version_before_gets_them_when_it_is_opened()
    {
        await WriteAsync();
        List<string> statements = [];
        using (var connection = Connect(Log))
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                statements.Add(reader.GetString(0));
            }
        }

        File.Move(Log, $"{Log}.now");
        Execute(Log, $"""
            PRAGMA journal_mode = WAL; {string.Join(';', statements)};
            ATTACH '{Log}.now' AS now;
            INSERT INTO events SELECT * FROM now.events; INSERT INTO identity SELECT * FROM now.identity;
            PRAGMA main.user_version = 2
            """);
        Assert.Contains(0UL, ChecksumsOf(Log));

        // Several programs may start at the same time.
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _files.Open())));
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        Assert.Equal(Events, await CountAsync());
        Assert.All(ChecksumsOf(Log), one => Assert.NotEqual(0UL, one));
        Assert.Empty(Check());
        await WriteAsync();
        Assert.Equal(2 * Events, await CountAsync());
    }

    /// <summary>A look with another program after a crash recovers the file and moves what was in the write-ahead log.</summary>
    [Fact]
    public async Task Another_program_may_read_and_move_the_write_ahead_log()
    {
        await using (var store = _files.Open())
        {
            await AppendAsync(store);
            var crashed = Path.Combine(_files.Directory, "crashed.db");
            File.Copy(Log, crashed);
            File.Copy($"{Log}-wal", $"{crashed}-wal");
        }

        Execute(Path.Combine(_files.Directory, "crashed.db"), "SELECT count(*) FROM events");
        Assert.False(File.Exists(Path.Combine(_files.Directory, "crashed.db-wal")));
        File.Move(Path.Combine(_files.Directory, "crashed.db"), Log, overwrite: true);

        Assert.Equal(Events, await CountAsync());
        Assert.Empty(Check());
        await WriteAsync();
        Assert.Equal(2 * Events, await CountAsync());
        Assert.Empty(Check());
    }

    [Fact]
    public async Task A_copy_of_another_program_is_the_log()
    {
        await WriteAsync();
        var copy = Path.Combine(_files.Directory, "copy.db");
        using (SqliteConnection from = Connect(Log), to = Connect(copy))
        {
            from.BackupDatabase(to);
        }

        File.Delete(Log);
        Execute(copy, $"VACUUM INTO '{Log}'");
        Assert.Equal(Events, await CountAsync());
        Assert.Empty(Check());
        File.Move(copy, Log, overwrite: true);
        Assert.Equal(Events, await CountAsync());
        Assert.Empty(Check());
    }

    [Fact]
    public async Task What_another_program_writes_is_damage()
    {
        await WriteAsync();
        Execute(Log, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'UNIQUE', '')");
        Assert.Throws<EventStoreUnavailableException>(() => _files.Open());
    }

    /// <summary>An index that leads to the wrong page is as bad as one that has lost it.</summary>
    [Fact]
    public async Task A_page_in_the_place_of_another_is_damage()
    {
        await WriteAsync();
        var bytes = await File.ReadAllBytesAsync(Log, _guard.Token);
        const int IndexLeaf = 0x0A;
        var pages = Enumerable.Range(1, bytes.Length / PageBytes - 1).Where(page => bytes[page * PageBytes] == IndexLeaf).ToList();
        Assert.True(pages.Count > 1);
        bytes.AsSpan(pages[0] * PageBytes, PageBytes).CopyTo(bytes.AsSpan(pages[1] * PageBytes));
        await File.WriteAllBytesAsync(Log, bytes, _guard.Token);
        Assert.Contains(Check(), one => one.Position == 0);
    }

    /// <summary>A view heals by being built anew; the file can be backed up again once the damaged generation is gone.</summary>
    [Fact]
    public async Task A_generation_with_a_damaged_page_can_be_replaced_and_dropped()
    {
        const int ViewPageBytes = 8192;
        const byte TableLeaf = 0x0D;
        var view = SampleViews.Unique();
        List<StoredDocument<Sample>> documents =
        [
            .. Enumerable.Range(0, 200).Select(i => new StoredDocument<Sample>(
                string.Create(CultureInfo.InvariantCulture, $"id-{i:D4}"), i, Sample.Of(new string('x', i % 10 == 0 ? 9000 : 600), i))),
        ];
        var options = new SqliteViewStoreOptions { Path = Path.Combine(_files.Directory, "views.db") };
        Directory.CreateDirectory(_files.Directory);
        await using (var store = SqliteViewFile.Open(options))
        {
            await CommitAsync(store, await store.OpenAsync(view, 1, _guard.Token));
        }

        var bytes = await File.ReadAllBytesAsync(options.Path, _guard.Token);
        var pages = Enumerable.Range(1, bytes.Length / ViewPageBytes - 1).Select(page => page * ViewPageBytes).Where(
            at => bytes[at] == TableLeaf && bytes.AsSpan(at, ViewPageBytes).IndexOf("xxxxxxxx"u8) > 0).ToList();
        Assert.True(pages.Count > 3);
        foreach (var at in pages.Where((_, index) => index % 2 == 0))
        {
            bytes[at + bytes.AsSpan(at, ViewPageBytes).IndexOf("xxxxxxxx"u8)] ^= 1;
        }

        await File.WriteAllBytesAsync(options.Path, bytes, _guard.Token);
        var files = new EmbeddedFiles(Events: null, options.Path);
        var backup = Path.Combine(_files.Directory, "backup");
        Assert.Throws<SqliteBackupException>(Back);
        await using (var store = SqliteViewFile.Open(options))
        {
            await Assert.ThrowsAsync<ViewStoreUnavailableException>(
                () => store.FindAsync(view, [.. documents.Select(one => one.Id)], _guard.Token));
            var anew = await CommitAsync(store, await store.StartGenerationAsync(view, _guard.Token));
            Assert.True(await store.SwapAsync(anew, _guard.Token));
            await store.DropGenerationAsync((await store.ReadGenerationsAsync(_guard.Token)).Single(one => !one.IsLive), _guard.Token);
            var found = await store.FindAsync(view, [.. documents.Select(one => one.Id)], _guard.Token);
            Assert.Equal(documents.Select(one => one.Value.Text), found.Documents.Select(one => one.Value.Text));
        }

        Back();

        void Back() => SqliteBackup.Create(files, backup, fault => Assert.Fail(fault.Reason), (_, _, _) => { }, _guard.Token);

        async Task<ViewGeneration> CommitAsync(SqliteViewStore store, ViewGeneration generation)
        {
            var committed = await store.CommitAsync(
                view, new ViewCommit<Sample>(generation.Partitions, documents.Count, documents, []), _guard.Token);
            return generation with { Partitions = committed! };
        }
    }

    private static List<ulong> ChecksumsOf(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return
        [
            .. Enumerable.Range(1, bytes.Length / PageBytes).Select(
                page => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(page * PageBytes - sizeof(ulong)))),
        ];
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Execute(string path, string sql)
    {
        using var connection = Connect(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task WriteAsync()
    {
        await using var store = _files.Open();
        await AppendAsync(store);
    }

    private async Task AppendAsync(SqliteEventStore store)
    {
        for (var i = 0; i < Events; i++)
        {
            var happened = new NewEvent(Guid.CreateVersion7(), "something-happened.v1", new byte[300], "{}"u8.ToArray());
            await store.AppendAsync(
                string.Create(CultureInfo.InvariantCulture, $"order-{i % 20}"), ExpectedRevision.Any, [happened], _guard.Token);
        }
    }

    private async Task<int> CountAsync()
    {
        await using var store = _files.Open();
        return await store.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, _guard.Token).CountAsync(_guard.Token);
    }

    private List<LogFault> Check()
    {
        List<LogFault> faults = [];
        SqliteLogCheck.Run(Log, faults.Add, (_, _) => { }, _guard.Token);
        return faults;
    }
}
