using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    private static readonly DateTimeOffset s_parkedAt = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

    [SkippableFact]
    public async Task Events_are_parked_with_a_commit()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        var (zero, one) = (live.Partitions[0], live.Partitions[1]);
        ParkedEvent[] parked =
        [
            Parked(zero, null, 6, ParkedReason.Unreadable, "größer: '\"<"),
            Parked(zero, "a", 6),
            Parked(one, "a", 6, ParkedReason.TooNew),
            Parked(
                one,
                "b",
                6,
                ParkedReason.UnknownType) with { Attempts = 7, Type = "OrderShipped", Stream = "order-x", Revision = 70_000_000_000 },
            Parked(zero, "a", 7, ParkedReason.Waiting),
        ];

        var commit = new ViewCommit<Sample>(live.Partitions, 9, [Document("c", "other")], []) { Parked = [.. parked.Reverse()] };
        var committed = await Store.CommitAsync(view, commit, Patience);

        Assert.Equal(parked, await Store.ReadParkedAsync(view.Name, live.Number, Patience));
        Assert.Equal(
            [(0, 9L, 2, false), (1, 9L, 2, false)],
            committed!.Select(partition => (partition.Index, partition.Position, partition.Parked, partition.IsAsked)));
        Assert.Equal(With(live, committed!), Assert.Single(await GenerationsAsync(view)));
        Assert.Equal(["other"], Texts(await FindAsync(view, "c")));
    }

    [SkippableFact]
    public async Task Nothing_is_parked_where_nothing_is()
    {
        var (view, live) = await GivenAsync(5);

        Assert.Empty(await Store.ReadParkedAsync(view.Name, live.Number, Patience));
        Assert.Empty(await Store.ReadParkedAsync(view.Name, 99, Patience));
        Assert.Empty(await Store.ReadSkippedAsync(view.Name, Patience));
        Assert.Equal(0, await Store.AskRetryAsync(view.Name, 5, Patience));
        Assert.Equal(0, await Store.AskSkipAsync(view.Name, 5, Patience));
        Assert.Empty(await Store.ReadSkippedAsync(view.Name, Patience));
        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task What_is_parked_again_replaces_what_was_and_is_not_asked_for_any_more()
    {
        var (view, live) = await GivenAsync(5);
        var (known, unknown) = (Parked(live.Partitions[0], "a", 6), Parked(live.Partitions[0], null, 6, ParkedReason.Unreadable));
        var partition = await ParkAsync(view, live.Partitions[0], 6, known, unknown);
        Assert.Equal(2, await Store.AskRetryAsync(view.Name, 6, Patience));

        var (knownAgain, unknownAgain)
            = (known with { Attempts = 2, Detail = "still" }, unknown with { Attempts = 2, Reason = ParkedReason.TooNew });
        partition = await ParkAsync(view, partition, 6, knownAgain with { IsAsked = true }, unknownAgain);

        Assert.Equal([unknownAgain, knownAgain], await Store.ReadParkedAsync(view.Name, live.Number, Patience));
        Assert.Equal((2, false), (partition.Parked, partition.IsAsked));
    }

    [SkippableFact]
    public async Task Released_events_are_parked_no_more()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        var (zero, one) = (live.Partitions[0], live.Partitions[1]);
        ParkedEvent[] parked =
            [Parked(zero, null, 6), Parked(zero, "a", 6), Parked(zero, "a", 7, ParkedReason.Waiting), Parked(one, null, 6)];
        live = live with
        {
            Partitions = (await Store.CommitAsync(
            view, new ViewCommit<Sample>(live.Partitions, 9, [], []) { Parked = parked }, Patience))!
        };

        // A try of what is parked makes no progress in the log.
        var commit = new ViewCommit<Sample>([live.Partitions[0]], 9, [Document("a", "done", 7)], [])
        {
            Released = [parked[0], parked[1] with { Attempts = 2 }, parked[2], parked[2] with { Position = 8 }],
        };
        var committed = await Store.CommitAsync(view, commit, Patience);

        Assert.Equal((9, 0), (Assert.Single(committed!).Position, committed![0].Parked));
        Assert.Equal([parked[3]], await Store.ReadParkedAsync(view.Name, live.Number, Patience));
        Assert.Equal(["done"], Texts(await FindAsync(view, "a")));
    }

    [SkippableFact]
    public async Task A_refused_commit_parks_and_releases_nothing()
    {
        var (view, live) = await GivenAsync(5);
        var parked = Parked(live.Partitions[0], "a", 6);
        var partition = await ParkAsync(view, live.Partitions[0], 6, parked);
        var late = new ViewCommit<Sample>([partition with { Epoch = partition.Epoch + 1 }], 9, [], [])
        {
            Parked = [Parked(partition, "b", 7)],
            Released = [parked],
        };

        Assert.Null(await Store.CommitAsync(view, late, Patience));
        Assert.Null(await Store.CommitAsync(view, late with { Partitions = [partition with { Position = 5 }] }, Patience));

        Assert.Equal([parked], await Store.ReadParkedAsync(view.Name, live.Number, Patience));
        Assert.Equal(With(live, partition), Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task Events_are_parked_and_released_in_partitions_of_the_commit_only()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        var elsewhere = Parked(live.Partitions[1], "a", 6);
        var commit = new ViewCommit<Sample>([live.Partitions[0]], 6, [], []);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.CommitAsync(view, commit with { Parked = [elsewhere] }, Patience));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.CommitAsync(view, commit with { Released = [elsewhere] }, Patience));

        Assert.Equal(live, Assert.Single(await GenerationsAsync(view)));
    }

    [SkippableFact]
    public async Task Asking_for_a_retry_is_seen_on_the_event_and_its_partition()
    {
        var (view, live) = await GivenPartitionsAsync(3, 5);
        var (zero, one) = (live.Partitions[0], live.Partitions[1]);
        await ParkAsync(
            view, zero, 9, Parked(zero, "a", 6), Parked(zero, "b", 6), Parked(zero, "a", 7, ParkedReason.Waiting), Parked(zero, "b", 8));
        await ParkAsync(view, one, 9, Parked(one, "c", 8));

        Assert.Equal(2, await Store.AskRetryAsync(view.Name, 6, Patience));
        Assert.Equal([("a", 6, true), ("b", 6, true), ("a", 7, false), ("b", 8, false), ("c", 8, false)], await AskedAsync());
        Assert.Equal([(2 + 1, true), (1, false), (0, false)], await PartitionsAsync());

        Assert.Equal(2, await Store.AskRetryAsync(view.Name, 6, Patience));
        Assert.Equal(0, await Store.AskRetryAsync(view.Name, 7, Patience));
        Assert.Equal(0, await Store.AskRetryAsync(view.Name, 99, Patience));
        Assert.Equal(2, await Store.AskRetryAsync(view.Name, 8, Patience));
        Assert.Equal([("a", 6, true), ("b", 6, true), ("a", 7, false), ("b", 8, true), ("c", 8, true)], await AskedAsync());
        Assert.Equal([(3, true), (1, true), (0, false)], await PartitionsAsync());
        Assert.Empty(await Store.ReadSkippedAsync(view.Name, Patience));

        async Task<IEnumerable<(string? Document, long Position, bool IsAsked)>> AskedAsync()
            => (await Store.ReadParkedAsync(view.Name, live.Number, Patience)).Select(
                parked => (parked.Document, parked.Position, parked.IsAsked));

        async Task<IEnumerable<(int Parked, bool IsAsked)>> PartitionsAsync()
            => (await GenerationsAsync(view))[0].Partitions.Select(partition => (partition.Parked, partition.IsAsked));
    }

    [SkippableFact]
    public async Task Asking_does_not_disturb_who_commits()
    {
        var (view, live) = await GivenAsync(5);
        var partition = await ParkAsync(view, live.Partitions[0], 6, Parked(live.Partitions[0], "a", 6));

        await Connect().AskSkipAsync(view.Name, 6, Patience);

        // Its record of the partition is older than the question, and no less true; the answer tells of it.
        var committed = Assert.Single(await CommitAsync(view, [partition], 7));
        Assert.Equal(partition with { Position = 7, IsAsked = true, UpdatedAt = committed.UpdatedAt }, committed);
    }

    [SkippableFact]
    public async Task Asking_reaches_every_generation_of_the_view_and_no_other_view()
    {
        var (view, live) = await GivenAsync(5);
        var (other, otherLive) = await GivenAsync(5);
        var built = await Store.StartGenerationAsync(view, Patience);
        await ParkAsync(view, live.Partitions[0], 6, Parked(live.Partitions[0], "a", 6));
        await ParkAsync(view, built.Partitions[0], 6, Parked(built.Partitions[0], "a", 6), Parked(built.Partitions[0], "b", 6));
        await ParkAsync(other, otherLive.Partitions[0], 6, Parked(otherLive.Partitions[0], "a", 6));

        Assert.Equal(3, await Store.AskSkipAsync(view.Name, 6, Patience));

        Assert.All(await GenerationsAsync(view), generation => Assert.True(generation.Partitions[0].IsAsked));
        Assert.False(Assert.Single(await GenerationsAsync(other)).Partitions[0].IsAsked);
        Assert.Equal(["a", "b"], (await Store.ReadSkippedAsync(view.Name, Patience)).Select(skipped => skipped.Document).Order());
        Assert.Empty(await Store.ReadSkippedAsync(other.Name, Patience));
    }

    [SkippableFact]
    public async Task Skipping_is_recorded_once_and_by_position()
    {
        var (view, live) = await GivenPartitionsAsync(2, 5);
        var (zero, one) = (live.Partitions[0], live.Partitions[1]);
        ParkedEvent[] parked =
        [
            Parked(zero, "b", 8),
            Parked(zero, null, 6, ParkedReason.Unreadable),
            Parked(one, null, 6, ParkedReason.Unreadable),
            Parked(zero, "b", 9, ParkedReason.Waiting),
        ];
        await Store.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 9, [], []) { Parked = parked }, Patience);

        Assert.Equal(1, await Store.AskSkipAsync(view.Name, 8, Patience));
        Assert.Equal(1, await Store.AskSkipAsync(view.Name, 8, Patience));
        Assert.Equal(2, await Store.AskSkipAsync(view.Name, 6, Patience));
        Assert.Equal(2, await Store.AskSkipAsync(view.Name, 6, Patience));
        Assert.Equal(0, await Store.AskSkipAsync(view.Name, 9, Patience));

        Assert.Equal(
            [new SkippedEvent(view.Name, 6, null), new SkippedEvent(view.Name, 8, "b")], await Store.ReadSkippedAsync(view.Name, Patience));
        Assert.Equal(
            [(6, 0, true), (6, 1, true), (8, 0, true), (9, 0, false)],
            (await Store.ReadParkedAsync(view.Name, live.Number, Patience)).Select(one => (one.Position, one.Partition, one.IsAsked)));
    }

    [SkippableFact]
    public async Task What_was_skipped_outlives_the_generation_and_what_is_parked_does_not()
    {
        var (view, _) = await GivenAsync(5);
        var built = await Store.StartGenerationAsync(view, Patience);
        await ParkAsync(
            view, built.Partitions[0], 6, Parked(built.Partitions[0], "a", 6), Parked(built.Partitions[0], "a", 7, ParkedReason.Waiting));
        await Store.AskSkipAsync(view.Name, 6, Patience);

        await Store.DropGenerationAsync(built, Patience);

        Assert.Empty(await Store.ReadParkedAsync(view.Name, built.Number, Patience));
        Assert.Equal(0, await Store.AskRetryAsync(view.Name, 6, Patience));
        Assert.Equal([new SkippedEvent(view.Name, 6, "a")], await Store.ReadSkippedAsync(view.Name, Patience));
    }

    [SkippableFact]
    public async Task Watching_tells_what_is_parked_and_asked_for()
    {
        var (view, live) = await GivenAsync(5);
        var other = Connect();
        await using var watching = Watch(Store);
        await NextOfAsync(watching, view);

        var parked = Parked(live.Partitions[0], "a", 6);
        await other.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 5, [], []) { Parked = [parked] }, Patience);
        await UntilAsync(watching, view, seen => seen[0].Partitions[0] is { Parked: 1, IsAsked: false });

        await other.AskRetryAsync(view.Name, 6, Patience);
        await UntilAsync(watching, view, seen => seen[0].Partitions[0].IsAsked);

        await other.CommitAsync(view, new ViewCommit<Sample>(live.Partitions, 5, [], []) { Released = [parked] }, Patience);
        await UntilAsync(watching, view, seen => seen[0].Partitions[0] is { Parked: 0, IsAsked: false });

        await ParkAsync(view, live.Partitions[0], 5, parked);
        await UntilAsync(watching, view, seen => seen[0].Partitions[0].Parked == 1);

        await other.AskSkipAsync(view.Name, 6, Patience);
        await UntilAsync(watching, view, seen => seen[0].Partitions[0].IsAsked);
    }

    [SkippableFact]
    public async Task A_question_that_comes_with_a_commit_is_answered_or_kept()
    {
        const int Rounds = 20;
        var (view, live) = await GivenAsync(5);
        var other = Connect();
        var parked = Parked(live.Partitions[0], "a", 6);
        var partition = await ParkAsync(view, live.Partitions[0], 6, parked);

        for (var round = 1; round <= Rounds; round++)
        {
            var asking = Task.Run(() => other.AskRetryAsync(view.Name, 6, Patience));
            partition = await ParkAsync(view, partition, 6, parked with { Attempts = round });

            // Whichever was first, both happened: the event was there to be asked for, and the commit was not refused.
            Assert.Equal(1, await asking);
            var stored = Assert.Single(await Store.ReadParkedAsync(view.Name, live.Number, Patience));
            Assert.Equal(parked with { Attempts = round, IsAsked = stored.IsAsked }, stored);
        }
    }

    private static ParkedEvent Parked(
        ViewPartition partition, string? document, long position, ParkedReason reason = ParkedReason.Threw, string detail = "It threw.")
        => reason == ParkedReason.Waiting
            ? new ParkedEvent(
                partition.View,
                partition.Number,
                partition.Index,
                document,
                position,
                "order-1",
                3,
                "OrderPlaced",
                reason,
                null,
                0,
                s_parkedAt)
            : new ParkedEvent(
                partition.View,
                partition.Number,
                partition.Index,
                document,
                position,
                "order-1",
                3,
                "OrderPlaced",
                reason,
                detail,
                1,
                s_parkedAt);

    /// <summary>Commits events to park in one partition, and expects it to be accepted.</summary>
    private async Task<ViewPartition> ParkAsync(
        View<Sample> view, ViewPartition partition, long position, params IReadOnlyList<ParkedEvent> parked)
    {
        var committed = await Store.CommitAsync(view, new ViewCommit<Sample>([partition], position, [], []) { Parked = parked }, Patience);
        Assert.NotNull(committed);
        return Assert.Single(committed);
    }
}
