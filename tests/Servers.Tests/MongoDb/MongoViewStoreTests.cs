using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.MongoDb;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>
/// What the contract can't ask of every store: large commits, races between stores, what a crash leaves behind, and what is swept away.
/// </summary>
public sealed partial class MongoViewStoreTests
{
    private readonly View<Sample> _view = SampleViews.Unique();
    private readonly CancellationToken _patience = new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    [SkippableFact]
    public async Task Large_commits_add_replace_and_remove_at_once()
    {
        await using var database = new MongoTestDatabase();
        await using var store = database.ConnectAlone();
        var live = await store.OpenAsync(_view, 1, _patience);

        live = await CommitAsync(store, live, 1, Enumerable.Range(0, 100), []);
        live = await CommitAsync(store, live, 2, Enumerable.Range(50, 100), Enumerable.Range(0, 10));

        var all = await store.QueryAsync(_view, new ViewQuery([], 1000), _patience);
        Assert.Equal(2, all.Position);
        Assert.Equal(
            Enumerable.Range(10, 140).Select(i => (Id(i), i < 50 ? 1L : 2L)),
            all.Documents.Select(document => (document.Id, document.Position)));
    }

    [SkippableFact]
    public async Task Of_two_stores_that_race_one_wins_each_position()
    {
        const int Rounds = 40;
        await using var database = new MongoTestDatabase();
        await using var one = database.ConnectAlone();
        await using var other = database.ConnectAlone();
        var live = await one.OpenAsync(_view, 1, _patience);

        for (var position = 1; position <= Rounds; position++)
        {
            var commit = new ViewCommit<Sample>(
                live.Partitions, position, [.. Enumerable.Range(0, 40).Select(i => Document(i, position))], []);
            var results = await Task.WhenAll(
                Task.Run(() => one.CommitAsync(_view, commit, _patience)), Task.Run(() => other.CommitAsync(_view, commit, _patience)));
            live = live with { Partitions = Assert.Single(results, result => result is not null)! };
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (Id(i), (long)Rounds)), await AllAsync(one));
    }

    [SkippableFact]
    public async Task What_is_parked_adds_up_however_commits_and_questions_meet()
    {
        const int Rounds = 25;
        await using var database = new MongoTestDatabase();
        await using var worker = database.ConnectAlone();
        await using var operating = database.ConnectAlone();
        var live = await worker.OpenAsync(_view, 2, _patience);
        using var done = new CancellationTokenSource();
        var asking = Task.Run(AskAsync);

        var partitions = live.Partitions;
        for (var round = 1; round <= Rounds; round++)
        {
            partitions = await ParkAsync([Parked(0, 1), Parked(1, 1), Parked(1, 2)], []);
            Assert.Equal([1, 2], partitions.Select(partition => partition.Parked));
            partitions = await ParkAsync([Parked(1, 2)], [Parked(0, 1), Parked(1, 1)]);
            Assert.Equal([0, 1], partitions.Select(partition => partition.Parked));
        }

        await done.CancelAsync();
        await asking;

        Assert.Equal(1, await operating.AskRetryAsync(_view.Name, 2, _patience));
        var last = Assert.Single(await operating.ReadGenerationsAsync(_patience));
        Assert.Equal([(0, false), (1, true)], last.Partitions.Select(partition => (partition.Parked, partition.IsAsked)));
        Assert.True(Assert.Single(await operating.ReadParkedAsync(_view.Name, 1, _patience)).IsAsked);

        async Task AskAsync()
        {
            while (!done.IsCancellationRequested)
            {
                await operating.AskRetryAsync(_view.Name, Random.Shared.Next(1, 3), _patience);
                await operating.AskSkipAsync(_view.Name, Random.Shared.Next(1, 3), _patience);
            }
        }

        async Task<IReadOnlyList<ViewPartition>> ParkAsync(ParkedEvent[] parked, ParkedEvent[] released)
        {
            var commit = new ViewCommit<Sample>(partitions, 5, [], []) { Parked = parked, Released = released };
            var committed = await worker.CommitAsync(_view, commit, _patience);
            Assert.NotNull(committed);
            return committed;
        }

        ParkedEvent Parked(int partition, long position) => new(
            _view.Name,
            1,
            partition,
            "a",
            position,
            "order-1",
            position,
            "OrderPlaced",
            ParkedReason.Threw,
            "It threw.",
            1,
            DateTimeOffset.UnixEpoch);
    }

    [SkippableFact]
    public async Task Disposing_of_one_store_leaves_another_connected()
    {
        await using var database = new MongoTestDatabase();
        await using var stays = database.ConnectAlone();
        await stays.OpenAsync(_view, 1, _patience);
        await using (var goes = database.ConnectAlone())
        {
            await goes.OpenAsync(_view, 1, _patience);
        }

        Assert.Single(await stays.ReadGenerationsAsync(_patience));
    }

    private static string Id(int number) => $"id-{number:D3}";

    private static StoredDocument<Sample> Document(int number, long position)
        => new(Id(number), position, Sample.Of($"at {position}", number));

    private async Task<ViewGeneration> CommitAsync(
        IViewStore store, ViewGeneration generation, long position, IEnumerable<int> upserts, IEnumerable<int> deletes)
    {
        var commit = new ViewCommit<Sample>(
            generation.Partitions, position, [.. upserts.Select(i => Document(i, position))], [.. deletes.Select(Id)]);
        var committed = await store.CommitAsync(_view, commit, _patience);
        Assert.NotNull(committed);
        return generation with { Partitions = committed };
    }

    private async Task<IEnumerable<(string Id, long Position)>> AllAsync(MongoViewStore store)
        => (await store.QueryAsync(_view, new ViewQuery([], 1000), _patience)).Documents.Select(
            document => (document.Id, document.Position));
}
