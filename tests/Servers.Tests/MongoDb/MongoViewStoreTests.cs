using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.MongoDb;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>What the contract can't ask of every store: the two ways of a commit, what a crash leaves behind, and what is swept away.</summary>
public sealed class MongoViewStoreTests
{
    private static readonly MongoViewStoreOptions s_withoutTransactions = new() { UseTransactions = false };

    private readonly View<Sample> _view = SampleViews.Unique();
    private readonly CancellationToken _patience = new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Large_commits_add_replace_and_remove_at_once(bool transactions)
    {
        await using var database = new MongoTestDatabase();
        await using var store = database.Connect(new MongoViewStoreOptions { UseTransactions = transactions ? null : false });
        var live = await store.OpenAsync(_view, _patience);

        live = await CommitAsync(store, live, 1, Enumerable.Range(0, 100), []);
        live = await CommitAsync(store, live, 2, Enumerable.Range(50, 100), Enumerable.Range(0, 10));

        var all = await store.QueryAsync(_view, new ViewQuery([], 1000), _patience);
        Assert.Equal(2, all.Position);
        Assert.Equal(
            Enumerable.Range(10, 140).Select(i => (Id(i), i < 50 ? 1L : 2L)),
            all.Documents.Select(document => (document.Id, document.Position)));
    }

    [SkippableFact]
    public async Task Without_transactions_a_crash_before_the_checkpoint_is_harmless()
    {
        await using var database = new MongoTestDatabase();
        await using var store = database.Connect(s_withoutTransactions);
        var live = await CommitAsync(store, await store.OpenAsync(_view, _patience), 3, [1, 2], []);
        await CommitAsync(store, live, 9, [2, 3], [1]);

        // The documents of 9 are there, the checkpoint is that of 3 still.
        await SetAsync(database.Collection("generations"), new BsonDocument("position", 3L));

        // The next worker takes the same events in smaller steps.
        await using var next = database.Connect(s_withoutTransactions);
        live = await next.OpenAsync(_view, _patience);
        Assert.Equal(3, live.Position);
        live = await CommitAsync(next, live, 5, [2], []);
        Assert.Equal([(Id(2), 9L), (Id(3), 9L)], await AllAsync(next));
        await CommitAsync(next, live, 9, [2, 3], [1]);

        Assert.Equal([(Id(2), 9L), (Id(3), 9L)], await AllAsync(next));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_stores_that_race_one_wins_each_position(bool transactions)
    {
        const int Rounds = 40;
        await using var database = new MongoTestDatabase();
        var options = new MongoViewStoreOptions { UseTransactions = transactions ? null : false };
        await using var one = database.Connect(options);
        await using var other = database.Connect(options);
        var live = await one.OpenAsync(_view, _patience);

        for (var position = 1; position <= Rounds; position++)
        {
            var commit = new ViewCommit<Sample>(live, position, [.. Enumerable.Range(0, 40).Select(i => Document(i, position))], []);
            var results = await Task.WhenAll(
                Task.Run(() => one.CommitAsync(_view, commit, _patience)), Task.Run(() => other.CommitAsync(_view, commit, _patience)));
            live = Assert.Single(results, result => result is not null)!;
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (Id(i), (long)Rounds)), await AllAsync(one));
    }

    [SkippableFact]
    public async Task Opening_completes_a_swap_that_was_cut_off()
    {
        await using var database = new MongoTestDatabase();
        await using var store = database.Connect(s_withoutTransactions);
        var old = await CommitAsync(store, await store.OpenAsync(_view, _patience), 3, [1], []);
        var built = await CommitAsync(store, await store.StartGenerationAsync(_view, _patience), 3, [2], []);

        // The view's record points to the second one, and a drop of that one came between.
        await SetAsync(database.Collection("views"), new BsonDocument("live", built.Number));
        await SetAsync(database.Collection("generations"), new BsonDocument("droppedAt", DateTime.UtcNow), built.Number);

        var live = await store.OpenAsync(_view, _patience);

        Assert.Equal(built with { IsLive = true }, live);
        Assert.Equal([(Id(2), 3L)], await AllAsync(store));
        Assert.NotNull(await store.CommitAsync(_view, new ViewCommit<Sample>(live, 4, [], []), _patience));
        Assert.False(await store.SwapAsync(old, _patience));
    }

    [SkippableFact]
    public async Task Documents_of_a_dropped_generation_go_after_the_delay()
    {
        await using var database = new MongoTestDatabase();
        var patient = database.Connect();
        var old = await CommitAsync(patient, await patient.OpenAsync(_view, _patience), 3, [1], []);
        Assert.True(await patient.SwapAsync(await CommitAsync(patient, await patient.StartGenerationAsync(_view, _patience), 3, [2], []), _patience));
        Assert.Contains($"{_view.Name}.1", await CollectionsAsync());
        Assert.DoesNotContain(old.Number, (await patient.ReadGenerationsAsync(_patience)).Select(generation => generation.Number));

        await using var hasty = database.Connect(new MongoViewStoreOptions { DropDelay = TimeSpan.Zero });
        await hasty.DropGenerationAsync(await hasty.StartGenerationAsync(_view, _patience), _patience);
        while ((await CollectionsAsync()).Any(name => name == $"{_view.Name}.1" || name == $"{_view.Name}.3"))
        {
            await Task.Delay(20, _patience);
        }

        Assert.Equal([(Id(2), 3L)], await AllAsync(hasty));
        Assert.Equal(4, (await hasty.StartGenerationAsync(_view, _patience)).Number);

        async Task<List<string>> CollectionsAsync() => await (await database.Bare.ListCollectionNamesAsync(cancellationToken: _patience)).ToListAsync(_patience);
    }

    [SkippableFact]
    public async Task Disposing_of_one_store_leaves_another_connected()
    {
        await using var database = new MongoTestDatabase();
        await using var stays = database.Connect(new MongoViewStoreOptions());
        await stays.OpenAsync(_view, _patience);
        await using (var goes = database.Connect(new MongoViewStoreOptions()))
        {
            await goes.OpenAsync(_view, _patience);
        }

        Assert.Single(await stays.ReadGenerationsAsync(_patience));
    }

    private static string Id(int number) => $"id-{number:D3}";

    private static StoredDocument<Sample> Document(int number, long position) => new(Id(number), position, Sample.Of($"at {position}", number));

    private async Task<ViewGeneration> CommitAsync(
        IViewStore store, ViewGeneration generation, long position, IEnumerable<int> upserts, IEnumerable<int> deletes)
    {
        var commit = new ViewCommit<Sample>(generation, position, [.. upserts.Select(i => Document(i, position))], [.. deletes.Select(Id)]);
        var committed = await store.CommitAsync(_view, commit, _patience);
        Assert.NotNull(committed);
        return committed;
    }

    private async Task<IEnumerable<(string Id, long Position)>> AllAsync(MongoViewStore store)
        => (await store.QueryAsync(_view, new ViewQuery([], 1000), _patience)).Documents.Select(document => (document.Id, document.Position));

    private static async Task SetAsync(IMongoCollection<BsonDocument> collection, BsonDocument fields, int? number = null)
        => await collection.UpdateOneAsync(number is { } one ? new BsonDocument("number", one) : [], new BsonDocument("$set", fields));
}
