using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.MongoDb;

namespace Orderly.Servers.Tests.MongoDb;

public sealed partial class MongoViewStoreTests
{
    [SkippableFact]
    public async Task A_collection_that_a_start_left_behind_is_used_by_the_next_one()
    {
        await using var database = new MongoTestDatabase();
        await using var store = database.ConnectAlone();
        await store.OpenAsync(_view, 3, _patience);

        // A process made the collection of the next generation, and ended before it could say that there is one.
        await database.Bare.CreateCollectionAsync($"{_view.Name}.2", cancellationToken: _patience);
        var started = await store.StartGenerationAsync(_view, _patience);

        Assert.Equal((2, 3), (started.Number, started.Partitions.Count));
        await CommitAsync(store, started, 3, [1], []);
        Assert.Equal([1, 2], (await store.ReadGenerationsAsync(_patience)).Select(generation => generation.Number));
        var indexes = await database.Collection($"{_view.Name}.2").Indexes.List(_patience).ToListAsync(_patience);
        Assert.Equal(1 + _view.Fields.Count, indexes.Count);
    }

    [SkippableFact]
    public async Task A_start_that_an_older_program_did_not_finish_goes_with_the_next_change()
    {
        await using var database = new MongoTestDatabase();
        await using var store = database.ConnectAlone(TimeSpan.Zero);
        await store.OpenAsync(_view, 1, _patience);
        await store.StartGenerationAsync(_view, _patience);
        await database.Collection("views").UpdateOneAsync(
            new BsonDocument("generations.number", 2),
            new BsonDocument("$set", new BsonDocument("generations.$.state", "Starting")),
            cancellationToken: _patience);
        Assert.Equal([1], (await store.ReadGenerationsAsync(_patience)).Select(generation => generation.Number));

        Assert.Equal(3, (await store.StartGenerationAsync(_view, _patience)).Number);

        while ((await database.Collection("views").Find("{}").SingleAsync(_patience))["generations"].AsBsonArray.Count > 2)
        {
            await Task.Delay(20, _patience);
        }
    }

    [SkippableFact]
    public async Task Of_processes_that_change_generations_at_once_none_leaves_them_in_a_state_between()
    {
        const int Processes = 4;
        const int Rounds = 15;
        await using var database = new MongoTestDatabase();
        var stores = Enumerable.Range(0, Processes)
            .Select(_ => database.ConnectAlone(TimeSpan.Zero)).ToList();

        await Task.WhenAll(stores.Select((store, seed) => Task.Run(() => ChangeAsync(store, new Random(seed)))));

        var record = await database.Collection("views").Find("{}").SingleAsync(_patience);
        var generations = await stores[0].ReadGenerationsAsync(_patience);
        Assert.Equal(
            record["generations"].AsBsonArray.Count(generation => generation["state"] != "Dropped"), generations.Count);
        Assert.Single(generations, generation => generation.State == GenerationState.Live);
        Assert.True(generations.Count(generation => generation.State == GenerationState.Retired) <= 1);
        Assert.True(generations.Count(generation => generation.State == GenerationState.Building) <= 1);
        Assert.All(generations, generation => Assert.Equal(generation.State == GenerationState.Retired, generation.RetiredAt is not null));
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        async Task ChangeAsync(MongoViewStore store, Random random)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var live = await store.OpenAsync(_view, random.Next(1, 4), _patience);
                var started = await store.StartGenerationAsync(_view, _patience);
                await store.CommitAsync(
                    _view, new ViewCommit<Sample>(started.Partitions, started.Position + 1, [Document(round, 1)], []), _patience);
                await (random.Next(6) switch
                {
                    0 => store.RollBackAsync(_view.Name, _patience),
                    1 => TryDropAsync(store, started),
                    2 => store.RepartitionAsync(_view.Name, live.Number, random.Next(1, 4), _patience),
                    _ => store.SwapAsync(started, _patience),
                });
                Assert.NotNull(await store.FindAsync(_view, [Id(round)], _patience));
            }
        }

        // Another process may just have made it the live one.
        async Task TryDropAsync(MongoViewStore store, ViewGeneration generation)
            => Assert.True(
                await Record.ExceptionAsync(() => store.DropGenerationAsync(generation, _patience)) is null or InvalidOperationException);
    }

    [SkippableFact]
    public async Task A_swap_under_commits_never_takes_readers_back()
    {
        const int Swaps = 10;
        await using var database = new MongoTestDatabase();
        await using var worker = database.ConnectAlone();
        await using var builder = database.ConnectAlone();
        await using var reader = database.ConnectAlone();
        var live = await worker.OpenAsync(_view, 2, _patience);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(ReadAsync);
        var swaps = 0;
        while (swaps < Swaps)
        {
            // The builder is as far as the live one was; whether that goes on before the swap is chance.
            var built = await builder.StartGenerationAsync(_view, _patience);
            built = built with
            {
                Partitions = (await builder.CommitAsync(
                _view, new ViewCommit<Sample>(built.Partitions, live.Position + 1, [], []), _patience))!
            };
            var committing = Task.Run(CommitSomeAsync);
            var swapped = await builder.SwapAsync(built, _patience);
            live = live with { Partitions = await committing };
            if (swapped)
            {
                swaps++;
                live = built;
            }
            else
            {
                await builder.DropGenerationAsync(built, _patience);
            }
        }

        await done.CancelAsync();
        await reading;

        async Task<IReadOnlyList<ViewPartition>> CommitSomeAsync()
        {
            var partitions = live.Partitions;
            for (var i = 0; i < Random.Shared.Next(4); i++)
            {
                partitions
                    = (await worker.CommitAsync(_view, new ViewCommit<Sample>(partitions, partitions[0].Position + 1, [], []), _patience))!;
            }

            return partitions;
        }

        async Task ReadAsync()
        {
            var last = 0L;
            while (!done.IsCancellationRequested)
            {
                var position = (await reader.FindAsync(_view, ["a"], _patience)).Position;
                Assert.True(position >= last, $"{position} after {last}.");
                last = position;
            }
        }
    }

    [SkippableFact]
    public async Task Dropped_generations_go_after_the_delay_with_all_that_is_theirs()
    {
        await using var database = new MongoTestDatabase();
        var patient = database.Connect();
        await CommitAsync(patient, await patient.OpenAsync(_view, 1, _patience), 3, [1], []);
        Assert.True(await patient.SwapAsync(
            await CommitAsync(patient, await patient.StartGenerationAsync(_view, _patience), 3, [2], []), _patience));
        Assert.True(await patient.SwapAsync(
            await CommitAsync(patient, await patient.StartGenerationAsync(_view, _patience), 3, [3], []), _patience));
        Assert.Contains($"{_view.Name}.1", await CollectionsAsync());
        Assert.Equal([2, 3], (await patient.ReadGenerationsAsync(_patience)).Select(generation => generation.Number));

        await using var hasty = database.ConnectAlone(TimeSpan.Zero);
        var started = await hasty.StartGenerationAsync(_view, _patience);
        var parked = new ParkedEvent(
            _view.Name, 4, 0, "a", 1, "order-1", 0, "OrderPlaced", ParkedReason.Threw, "It threw.", 1, DateTimeOffset.UnixEpoch);
        await hasty.CommitAsync(_view, new ViewCommit<Sample>(started.Partitions, 1, [], []) { Parked = [parked] }, _patience);
        await hasty.DropGenerationAsync(started, _patience);
        while ((await database.Collection("views").Find("{}").SingleAsync(_patience))["generations"].AsBsonArray.Count > 2)
        {
            await Task.Delay(20, _patience);
        }

        Assert.Equal(
            [$"{_view.Name}.2", $"{_view.Name}.3"],
            (await CollectionsAsync()).Where(name => name.StartsWith(_view.Name, StringComparison.Ordinal)).Order());
        Assert.Equal(0, await database.Collection("parked").CountDocumentsAsync("{}", cancellationToken: _patience));
        Assert.Equal([2, 3], (await database.Collection("partitions").Find("{}").ToListAsync(_patience))
            .Select(partition => partition["number"].AsInt32)
            .Order());
        Assert.Equal([(Id(3), 3L)], await AllAsync(hasty));
        Assert.Equal(5, (await hasty.StartGenerationAsync(_view, _patience)).Number);

        async Task<List<string>> CollectionsAsync()
            => await (await database.Bare.ListCollectionNamesAsync(cancellationToken: _patience)).ToListAsync(_patience);
    }
}
