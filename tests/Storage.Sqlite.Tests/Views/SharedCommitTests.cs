using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite.Tests.Views;

/// <summary>Writes that come while another process holds the file share a commit, and nothing else.</summary>
public sealed class SharedCommitTests : IAsyncLifetime
{
    private readonly SqliteViewFile _file = new();
    private SqliteViewStore _store = null!;

    private CancellationToken Patience { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    public Task InitializeAsync()
    {
        _store = SqliteViewFile.Open(_file.Options);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _file.Delete();
    }

    [Fact]
    public async Task Writes_that_wait_together_are_committed_together()
    {
        var generations = await OpenAsync([.. Enumerable.Range(0, 8).Select(_ => SampleViews.Unique())]);
        var before = CountCommits();

        List<Task> writes;
        using (Hold())
        {
            writes = [.. generations.Select(one => CommitAsync(one.View, one.Generation))];
        }

        await Task.WhenAll(writes);
        Assert.Equal(1, CountCommits() - before);
        Assert.All(await PositionsAsync(), position => Assert.Equal(1, position));
    }

    [Fact]
    public async Task A_write_that_fails_fails_alone()
    {
        var name = SampleViews.Unique().Name;
        var generations = await OpenAsync(
            SampleViews.Unique(),
            new View<Sample>(name, 1, SampleJson.Default.Sample, new ViewField<Sample>("number", _ => 1.5)),
            SampleViews.Unique());

        List<Task> writes;
        using (Hold())
        {
            writes = [.. generations.Select(one => CommitAsync(one.View, one.Generation))];
        }

        await Task.WhenAll(writes[0], writes[2]);
        await Assert.ThrowsAsync<ArgumentException>(() => writes[1]);
        Assert.Equal([1, 0, 1], await PositionsAsync(generations));
        Assert.Empty((await _store.FindAsync(generations[1].View, ["a"], Patience)).Documents);
    }

    [Fact]
    public async Task A_write_that_is_cancelled_while_it_waits_is_not_made()
    {
        var generations = await OpenAsync(SampleViews.Unique(), SampleViews.Unique());

        Task other;
        using (Hold())
        {
            using var cancelled = new CancellationTokenSource();
            var first = CommitAsync(generations[0].View, generations[0].Generation, cancelled.Token);
            other = CommitAsync(generations[1].View, generations[1].Generation);
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }

        await other;
        Assert.Equal([0, 1], await PositionsAsync(generations));
    }

    [Fact]
    public async Task What_waits_when_the_store_is_disposed_is_committed_first()
    {
        var generations = await OpenAsync(SampleViews.Unique(), SampleViews.Unique());

        List<Task> writes;
        Task disposed;
        using (Hold())
        {
            writes = [.. generations.Select(one => CommitAsync(one.View, one.Generation))];
            disposed = _store.DisposeAsync().AsTask();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => CommitAsync(generations[0].View, generations[0].Generation));
            Assert.False(disposed.IsCompleted);
        }

        await Task.WhenAll([.. writes, disposed]);
        _store = SqliteViewFile.Open(_file.Options);
        Assert.Equal([1, 1], await PositionsAsync(generations));
    }

    /// <summary>Keeps everybody else from writing until it is disposed.</summary>
    private SqliteConnection Hold()
    {
        var connection = new SqliteConnection($"Data Source={_file.Options.Path};Pooling=False;Vfs={PageChecksums.FileSystem}");
        connection.Open();
        using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        begin.ExecuteNonQuery();
        return connection;
    }

    private async Task<List<(View<Sample> View, ViewGeneration Generation)>> OpenAsync(params IReadOnlyList<View<Sample>> views)
    {
        List<(View<Sample>, ViewGeneration)> opened = [];
        foreach (var view in views)
        {
            opened.Add((view, await _store.OpenAsync(view, 1, Patience)));
        }

        return opened;
    }

    private async Task CommitAsync(View<Sample> view, ViewGeneration generation, CancellationToken cancellationToken = default)
        => Assert.NotNull(await _store.CommitAsync(
            view, new ViewCommit<Sample>(generation.Partitions, 1, [new("a", 1, Sample.Of("one"))], []), cancellationToken));

    private async Task<IEnumerable<long>> PositionsAsync()
        => (await _store.ReadGenerationsAsync(Patience)).Select(generation => generation.Position);

    private async Task<IEnumerable<long>> PositionsAsync(List<(View<Sample> View, ViewGeneration Generation)> of)
    {
        var stored = await _store.ReadGenerationsAsync(Patience);
        return of.Select(one => stored.Single(generation => generation.View == one.View.Name).Position);
    }

    /// <summary>
    /// The commits in the write-ahead log: the frames that say how many pages the file has after them
    /// (<c>sqlite.org/fileformat2.html</c>, "WAL File Format"). Frames with other salts are from before the log began anew.
    /// </summary>
    private int CountCommits()
    {
        const int HeaderBytes = 32;
        const int FrameHeaderBytes = 24;
        using var file = new FileStream(
            $"{_file.Options.Path}-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var wal = new byte[file.Length];
        file.ReadExactly(wal);
        var frameBytes = FrameHeaderBytes + (int)BinaryPrimitives.ReadUInt32BigEndian(wal.AsSpan(8));
        var commits = 0;
        for (var at = HeaderBytes; at + frameBytes <= wal.Length; at += frameBytes)
        {
            commits += wal.AsSpan(at + 8, 8).SequenceEqual(wal.AsSpan(16, 8))
                && BinaryPrimitives.ReadUInt32BigEndian(wal.AsSpan(at + 4)) > 0 ? 1 : 0;
        }

        return commits;
    }
}
