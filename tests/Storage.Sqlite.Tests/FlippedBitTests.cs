using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Orderly.Contracts.ViewStore;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite.Tests.Events;
using Orderly.Storage.Sqlite.Tests.Views;
using Orderly.Tests;
using Xunit.Abstractions;

namespace Orderly.Storage.Sqlite.Tests;

/// <summary>
/// A bit anywhere in a store's file, flipped while the store is closed or while it is open: what is read is what was written, or is said
/// to be damaged, or can't be read; and nothing is hidden.
/// <c>ORDERLY_TEST_FLIPS</c> says how many there are for each file.
/// </summary>
public sealed class FlippedBitTests(ITestOutputHelper output) : IDisposable
{
    private const int Events = 400;
    private const int Streams = 40;
    private const int Documents = 200;

    private static readonly int s_flips = TestSize.Of("FLIPS", 40);

    private readonly CancellationTokenSource _guard = new(TimeSpan.FromHours(1));
    private readonly TestFiles _log = new();
    private readonly SqliteViewFile _views = new();
    private readonly View<Sample> _view = SampleViews.Unique();
    private readonly List<string> _wrong = [];
    private int _compared;

    public void Dispose()
    {
        _guard.Dispose();
        _log.Dispose();
        _views.Delete();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_is_never_read_as_another(bool isOpen)
    {
        await using (var store = _log.Open())
        {
            for (var i = 0; i < Events; i++)
            {
                var data = Encoding.UTF8.GetBytes($$"""{"number":{{i}},"text":"{{new string('x', 300)}}"}""");
                var happened = new NewEvent(Guid.CreateVersion7(), "something-happened.v1", data, "{}"u8.ToArray());
                await store.AppendAsync(StreamOf(i), ExpectedRevision.Any, [happened], _guard.Token);
            }
        }

        List<RecordedEvent> written;
        await using (var store = _log.Open())
        {
            written = await ReadLogAsync(store);
        }

        var path = _log.Options.Path;
        var rows = RowsOf(path);
        await FlipAsync(path, isOpen, () => _log.Open(), async (store, where) =>
        {
            Compare($"{where}: the log", written, await ReadAsync(() => ReadLogAsync(store)), one => one.Position.Value, IsSame);
            foreach (var stream in written.GroupBy(one => one.Stream))
            {
                Compare(
                    $"{where}: {stream.Key}", [.. stream],
                    await ReadAsync(() => store.ReadStreamAsync(stream.Key, ReadDirection.Forwards, 0, long.MaxValue, _guard.Token)
                        .ToListAsync(_guard.Token).AsTask()),
                    one => one.Revision, IsSame);
            }
        }, () => RowsOf(path)?.SequenceEqual(rows!) == true || IsFoundInLog(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_document_is_never_read_as_another(bool isOpen)
    {
        List<StoredDocument<Sample>> written =
        [
            .. Enumerable.Range(0, Documents).Select(i => new StoredDocument<Sample>(
                string.Create(CultureInfo.InvariantCulture, $"id-{i:D4}"), i, Sample.Of(new string((char)('a' + i % 26), 600), i))),
        ];
        await using (var store = SqliteViewFile.Open(_views.Options))
        {
            var generation = await store.OpenAsync(_view, 1, _guard.Token);
            Assert.NotNull(await store.CommitAsync(
                _view, new ViewCommit<Sample>(generation.Partitions, Documents, written, []), _guard.Token));
        }

        var path = _views.Options.Path;
        await FlipAsync(path, isOpen, () => SqliteViewFile.Open(_views.Options), async (store, where) =>
        {
            foreach (var document in written)
            {
                Compare(
                    $"{where}: {document.Id}", [document],
                    await ReadAsync(async () => (await store.FindAsync(_view, [document.Id], _guard.Token)).Documents.ToList()),
                    one => one.Id, IsSame);
            }

            var query = new ViewQuery([new ViewCondition.LessThan("number", Documents)], Documents);
            Compare(
                $"{where}: a query", written,
                await ReadAsync(async () => (await store.QueryAsync(_view, query, _guard.Token)).Documents.ToList()),
                one => one.Id, IsSame);
        });
    }

    private static string StreamOf(int number) => string.Create(CultureInfo.InvariantCulture, $"order-{number % Streams}");

    /// <param name="read">Reads all there is and compares it.</param>
    /// <param name="isFound">Whether a check of the file finds what it should; null: nothing but the answers counts.</param>
    private async Task FlipAsync<TStore>(
        string path, bool isOpen, Func<TStore> open, Func<TStore, string, Task> read, Func<bool>? isFound = null)
        where TStore : class, IAsyncDisposable
    {
        Ask(path, "PRAGMA wal_checkpoint(TRUNCATE)");
        var sound = await File.ReadAllBytesAsync(path, _guard.Token);
        var store = isOpen ? open() : null;
        var touch = string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Ask(path, "PRAGMA user_version")}");
        var random = new Random(13);
        for (var flip = 0; flip < s_flips; flip++)
        {
            var bit = random.Next(sound.Length * 8);
            var where = string.Create(CultureInfo.InvariantCulture, $"bit {bit}");
            Write((byte)(sound[bit / 8] ^ (1 << (bit % 8))));
            if (store is not null)
            {
                // Another commit has the store read the file again, and not only its cache.
                await ReadAsync(() => Task.FromResult(Ask(path, touch) ?? touch));
                await read(store, where);
            }
            else if (await ReadAsync(() => Task.FromResult(open())) is { } opened)
            {
                await read(opened, where);
                await opened.DisposeAsync();
            }

            if (isFound?.Invoke() == false)
            {
                _wrong.Add($"{where}: not found by the check");
            }

            if (store is null)
            {
                await File.WriteAllBytesAsync(path, sound, _guard.Token);
            }

            Write(sound[bit / 8]);

            void Write(byte value)
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                file.Position = bit / 8;
                file.WriteByte(value);
            }
        }

        await (store?.DisposeAsync() ?? ValueTask.CompletedTask);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s_flips} bits, {_compared} answers."));
        Assert.True(_wrong.Count == 0, string.Join('\n', _wrong));

        // Most bits leave nearly all readable: where everything is refused, nothing was compared.
        Assert.True(_compared > s_flips, $"{_compared} answers were compared.");
    }

    /// <summary>What was read; null when it was refused.</summary>
    private static async Task<T?> ReadAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is EventStoreUnavailableException or ViewStoreUnavailableException or ViewStoreUnusableException
            or InvalidOperationException or SqliteException)
        {
            return null;
        }
    }

    /// <param name="key">What is read is compared with what was written under the same key.</param>
    private void Compare<T>(string where, List<T> written, List<T>? read, Func<T, object> key, Func<T, T, bool> isSame)
    {
        if (read is null)
        {
            return;
        }

        _compared++;
        var known = written.ToDictionary(key);
        _wrong.AddRange(read
            .Where(one => one is not RecordedEvent { Damage: not null } && !(known.TryGetValue(key(one), out var was) && isSame(one, was)))
            .Select(one => $"{where}: {one}"));
        if (read.Count < written.Count)
        {
            _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{where}: {read.Count} of {written.Count}"));
        }
    }

    private static bool IsFoundInLog(string path)
    {
        try
        {
            return SqliteLogCheck.Run(path, _ => { }, (_, _) => { }, CancellationToken.None).Faults > 0;
        }
        catch (Exception e) when (e is EventStoreUnavailableException or InvalidOperationException)
        {
            return true;
        }
    }

    /// <summary>The events as they are in the file, whoever wrote them; null when it can't be read.</summary>
    private static List<string>? RowsOf(string path)
    {
        try
        {
            using var connection = Connect(path);
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT * FROM events NOT INDEXED ORDER BY position";
            using var reader = command.ExecuteReader();
            List<string> rows = [];
            while (reader.Read())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(
                    i => reader.GetValue(i) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : $"{reader.GetValue(i)}")));
            }

            return rows;
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    private static SqliteConnection Connect(string path)
    {
        SqliteConnection connection = new($"Data Source={path};Pooling=False;Vfs={PageChecksums.RowsFileSystem}");
        connection.Open();
        return connection;
    }

    private static object? Ask(string path, string sql)
    {
        using var connection = Connect(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static bool IsSame(RecordedEvent one, RecordedEvent other)
        => one with { Data = default, Metadata = default } == other with { Data = default, Metadata = default }
            && one.Data.Span.SequenceEqual(other.Data.Span) && one.Metadata.Span.SequenceEqual(other.Metadata.Span);

    private static bool IsSame(StoredDocument<Sample> one, StoredDocument<Sample> other)
        => (one.Id, one.Position, SampleViews.JsonOf(one.Value)) == (other.Id, other.Position, SampleViews.JsonOf(other.Value));

    private async Task<List<RecordedEvent>> ReadLogAsync(SqliteEventStore store)
        => await store.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, _guard.Token).ToListAsync(_guard.Token);
}
