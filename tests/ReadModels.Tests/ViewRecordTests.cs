using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Tests;

/// <summary>The rules of generations: given a record, when it is changed, then it is this one.</summary>
public sealed class ViewRecordTests
{
    private const string View = "orders";

    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private static readonly ViewRecord s_none = new(View, 0, [], [], []);

    [Fact]
    public void Opening_adds_a_live_generation_where_there_is_none()
    {
        var building = Generation(1, GenerationState.Building, 4);

        var (record, opened) = Given(building).Open(3, 2, s_now);

        Assert.Equal(new ViewGeneration(View, 2, 3, GenerationState.Live, false, null, [New(2, 0), New(2, 1)]), opened);
        Assert.Equal([building, opened], record.Generations);
        Assert.Equal(2, record.LastNumber);
    }

    [Fact]
    public void Opening_what_is_open_changes_nothing()
    {
        var given = Given(Generation(1, GenerationState.Live, 4));

        Unchanged(given, given.Open(9, 3, s_now), given.Generations[0]);
    }

    [Fact]
    public void A_number_is_never_given_twice()
        => Assert.Equal(8, (s_none with { LastNumber = 7 }).Open(1, 1, s_now).Opened.Number);

    [Fact]
    public void A_generation_has_at_least_one_partition()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => s_none.Open(1, 0, s_now));
        Assert.Throws<ArgumentOutOfRangeException>(() => Given(Generation(1, GenerationState.Live, 4)).Repartition(1, 0));
    }

    [Fact]
    public void Starting_adds_a_generation_with_as_many_partitions_as_the_live_one()
    {
        Assert.Equal([New(1, 0)], s_none.Start(1, s_now).Started.Partitions);

        var (record, started) = Given(Generation(1, GenerationState.Live, 4, 5, 6)).Start(2, s_now);

        Assert.Equal(
            new ViewGeneration(View, 2, 2, GenerationState.Building, false, null, [New(2, 0), New(2, 1), New(2, 2)]), started);
        Assert.Equal([1, 2], record.Generations.Select(one => one.Number));
    }

    [Fact]
    public void Starting_a_version_that_is_being_built_changes_nothing()
    {
        var given = Given(Generation(1, GenerationState.Live, 4), Generation(2, GenerationState.Building, 1) with { Version = 2 });

        Unchanged(given, given.Start(2, s_now), given.Generations[1]);
        Assert.Equal(3, given.Start(1, s_now).Started.Number);
        Assert.Equal(3, given.Start(3, s_now).Started.Number);
    }

    [Fact]
    public void A_version_starts_by_itself_when_it_is_newer_and_was_not_declined()
    {
        var live = Generation(2, GenerationState.Live, 4) with { Version = 2 };
        var declined = Generation(3, GenerationState.Retired, 4) with { Version = 3, IsDeclined = true, RetiredAt = s_now };
        var given = Given(live, declined);

        foreach (var version in (int[])[1, 2, 3])
        {
            Unchanged(given, given.StartNewer(version, s_now), null);
        }

        Assert.Equal(4, given.StartNewer(4, s_now).Started!.Version);
        Assert.Equal(3, given.Start(3, s_now).Started.Version);
    }

    [Fact]
    public void A_swap_retires_the_live_generation_and_changes_no_partition()
    {
        var (live, next) = (Generation(1, GenerationState.Live, 4), Generation(2, GenerationState.Building, 5));

        var (record, isLive) = Given(live, next).Swap(2, s_now);

        Assert.True(isLive);
        Assert.Equal(
            [live with { State = GenerationState.Retired, RetiredAt = s_now }, next with { State = GenerationState.Live }],
            record.Generations);
    }

    [Fact]
    public void A_swap_needs_no_live_generation()
        => Assert.True(Given(Generation(1, GenerationState.Building, 0)).Swap(1, s_now).Record.Live is { Number: 1 });

    [Theory]
    [InlineData(new long[] { 5, 8 }, new long[] { 5, 8 }, true)]
    [InlineData(new long[] { 5, 8 }, new long[] { 6, 9 }, true)]
    [InlineData(new long[] { 5, 8 }, new long[] { 9, 7 }, false)]
    [InlineData(new long[] { 5, 8 }, new long[] { 4, 9 }, false)]
    [InlineData(new long[] { 5, 8 }, new long[] { 8, 8, 9 }, true)]
    [InlineData(new long[] { 5, 8 }, new long[] { 9, 7, 9 }, false)]
    [InlineData(new long[] { 5, 8 }, new long[] { 8 }, true)]
    [InlineData(new long[] { 5, 8 }, new long[] { 7 }, false)]
    public void A_swap_never_takes_readers_back(long[] live, long[] next, bool isAccepted)
    {
        var given = Given(Generation(1, GenerationState.Live, live), Generation(2, GenerationState.Building, next));

        var (record, isLive) = given.Swap(2, s_now);

        Assert.Equal((isAccepted, isAccepted ? 2 : 1), (isLive, record.Live!.Number));
        Assert.Equal(isAccepted, !ReferenceEquals(given, record));
    }

    [Fact]
    public void A_swap_of_what_is_not_being_built_changes_nothing()
    {
        var given = Given(Generation(1, GenerationState.Retired, 9) with { RetiredAt = s_now }, Generation(2, GenerationState.Live, 4));

        Unchanged(given, given.Swap(1, s_now), false);
        Unchanged(given, given.Swap(2, s_now), true);
        Unchanged(given, given.Swap(3, s_now), false);
    }

    [Fact]
    public void A_swap_drops_what_was_retired_but_for_a_declined_later_version()
    {
        var (record, _) = Given(
            Retired(1, 1, isDeclined: false), Retired(2, 2, isDeclined: true), Retired(3, 3, isDeclined: true),
            Generation(4, GenerationState.Live, 4), Generation(5, GenerationState.Building, 4) with { Version = 2 },
            Generation(6, GenerationState.Building, 0))
            .Swap(5, s_now);

        Assert.Equal(
            [(3, GenerationState.Retired), (4, GenerationState.Retired), (5, GenerationState.Live), (6, GenerationState.Building)],
            record.Generations.Select(one => (one.Number, one.State)));
    }

    [Fact]
    public void Rolling_back_restores_what_was_retired_last_and_declines_the_live_one()
    {
        var first = Retired(1, 1, isDeclined: false);
        var last = Retired(2, 2, isDeclined: true) with { RetiredAt = s_now.AddHours(1) };
        var live = Generation(3, GenerationState.Live, 4);

        var (record, rolledBack) = Given(first, last, live, Generation(4, GenerationState.Building, 2)).RollBack();

        Assert.Equal(last with { State = GenerationState.Building, IsDeclined = false, RetiredAt = null }, rolledBack);
        Assert.Equal([first, rolledBack!, live with { IsDeclined = true }], record.Generations);
    }

    [Fact]
    public void Of_generations_retired_at_once_the_latest_is_the_way_back()
        => Assert.Equal(2, Given(Retired(1, 1, false), Retired(2, 1, false)).RollBack().RolledBack!.Number);

    [Fact]
    public void Rolling_back_without_a_retired_generation_changes_nothing()
    {
        var given = Given(Generation(1, GenerationState.Live, 4), Generation(2, GenerationState.Building, 4));

        Unchanged(given, given.RollBack(), null);
    }

    [Fact]
    public void New_partitions_begin_where_the_last_one_was_under_a_new_epoch()
    {
        var live = Generation(1, GenerationState.Live, 9, 5, 7);
        live = live with
        {
            Partitions =
            [
                live.Partitions[0].Take("owner").Take("other"), live.Partitions[1], live.Partitions[2].Report("no way", s_now.AddHours(2)),
            ],
        };
        var other = Generation(2, GenerationState.Building, 3);

        var (record, repartitioned) = Given(live, other).Repartition(1, 2);

        Assert.Equal(
            [.. new[] { 0, 1 }.Select(index => New(1, index) with { Position = 5, Epoch = 4, UpdatedAt = s_now.AddHours(2) })],
            repartitioned!.Partitions);
        Assert.Equal([live with { Partitions = repartitioned.Partitions }, other], record.Generations);
    }

    [Fact]
    public void The_same_number_of_partitions_changes_nothing()
    {
        var given = Given(Generation(1, GenerationState.Live, 4, 5));

        Unchanged(given, given.Repartition(1, 2), given.Generations[0]);
        Unchanged(given, given.Repartition(2, 5), null);
    }

    [Fact]
    public void Parked_events_go_to_the_partitions_of_their_documents()
    {
        ParkedEvent[] parked =
        [
            Parked(1, 0, "a", 6) with { IsAsked = true }, Parked(1, 0, "b", 7),
            Parked(1, 0, "b", 8, ParkedReason.Waiting), Parked(1, 0, null, 9),
        ];
        var elsewhere = Parked(2, 0, "a", 6);

        var (record, repartitioned) = Given(Generation(1, GenerationState.Live, 9), Generation(2, GenerationState.Building, 9))
            .With(parked: [.. parked, elsewhere]).Repartition(1, 3);

        var (a, b) = (DocumentPartition.Of("a", 3), DocumentPartition.Of("b", 3));
        Assert.Equal(
            [
                elsewhere, parked[0] with { Partition = a }, parked[1] with { Partition = b }, parked[2] with { Partition = b },
                .. new[] { 0, 1, 2 }.Select(index => parked[3] with { Partition = index }),
            ],
            record.Parked);
        Assert.Equal(
            [.. new[] { 0, 1, 2 }.Select(index => (1 + (index == a ? 1 : 0) + (index == b ? 1 : 0), index == a))],
            repartitioned!.Partitions.Select(one => (one.Parked, one.IsAsked)));
    }

    [Fact]
    public void Of_an_event_parked_in_several_partitions_the_most_tried_record_stays()
    {
        ParkedEvent[] parked =
        [
            Parked(1, 0, null, 6, ParkedReason.Waiting), Parked(1, 1, null, 6) with { Attempts = 2, IsAsked = true },
            Parked(1, 2, null, 6, ParkedReason.TooNew) with { Attempts = 5 },
        ];

        var (record, repartitioned) = Given(Generation(1, GenerationState.Live, 9, 9, 9)).With(parked).Repartition(1, 1);

        Assert.Equal([parked[2] with { Partition = 0, IsAsked = true }], record.Parked);
        Assert.Equal((1, true), Assert.Single(repartitioned!.Partitions.Select(one => (one.Parked, one.IsAsked))));
    }

    [Fact]
    public void Dropping_removes_a_generation_as_it_was_seen_with_what_is_parked_in_it()
    {
        var (live, building) = (Generation(1, GenerationState.Live, 4), Generation(2, GenerationState.Building, 4));
        var given = Given(live, building).With([Parked(1, 0, "a", 3), Parked(2, 0, "a", 3)], new SkippedEvent(View, 2, "a"));

        Unchanged(given, given.Drop(building with { State = GenerationState.Retired }), false);
        Unchanged(given, given.Drop(building with { Number = 3 }), false);
        var (record, isDropped) = given.Drop(building);

        Assert.True(isDropped);
        Assert.Equal([live], record.Generations);
        Assert.Equal([given.Parked[0]], record.Parked);
        Assert.Equal((2, 1), (record.LastNumber, record.Skipped.Count));
    }

    [Fact]
    public void The_live_generation_can_not_be_dropped()
    {
        var given = Given(Generation(1, GenerationState.Live, 4));

        Assert.Throws<InvalidOperationException>(() => given.Drop(given.Generations[0] with { State = GenerationState.Building }));
    }

    [Fact]
    public void Dropping_a_view_leaves_its_last_number_only()
    {
        var given = Given(Generation(1, GenerationState.Live, 4)).With([Parked(1, 0, "a", 3)], new SkippedEvent(View, 2, "a"));

        var (record, isDropped) = given.DropAll();

        Assert.True(isDropped);
        Assert.Equal((View, 1), (record.View, record.LastNumber));
        Assert.Equal((0, 0, 0), (record.Generations.Count, record.Parked.Count, record.Skipped.Count));
        Unchanged(record, record.DropAll(), false);
    }

    [Fact]
    public void Asking_marks_the_events_at_the_position_and_their_partitions()
    {
        var given = Given(Generation(1, GenerationState.Live, 9, 9), Generation(2, GenerationState.Building, 9)).With(
            [
                Parked(1, 0, "a", 6), Parked(1, 0, "b", 6), Parked(1, 1, "a", 6, ParkedReason.Waiting), Parked(1, 1, "a", 7),
                Parked(2, 0, "a", 6),
            ]);

        var (record, asked) = given.AskRetry(6);

        Assert.Equal(3, asked);
        Assert.Equal([true, true, false, false, true], record.Parked.Select(one => one.IsAsked));
        Assert.Equal([true, false, true], record.Generations.SelectMany(one => one.Partitions).Select(one => one.IsAsked));
        Assert.Empty(record.Skipped);
        Unchanged(record, record.AskRetry(6), 3);
        Unchanged(record, record.AskRetry(99), 0);
    }

    [Fact]
    public void Skipping_is_written_down_once_and_asks_for_a_try()
    {
        var given = Given(Generation(1, GenerationState.Live, 9, 9))
            .With(
                [Parked(1, 0, null, 6), Parked(1, 1, null, 6), Parked(1, 0, "a", 6), Parked(1, 0, "b", 6, ParkedReason.Waiting)],
                new SkippedEvent(View, 6, "a"));

        var (record, asked) = given.AskSkip(6);

        Assert.Equal(3, asked);
        Assert.Equal([new SkippedEvent(View, 6, "a"), new SkippedEvent(View, 6, null)], record.Skipped);
        Assert.Equal([true, true, true, false], record.Parked.Select(one => one.IsAsked));
        Unchanged(record, record.AskSkip(6), 3);
        Unchanged(record, record.AskSkip(5), 0);
    }

    [Fact]
    public void What_was_asked_for_can_still_be_skipped()
    {
        var given = Given(Generation(1, GenerationState.Live, 9)).With([Parked(1, 0, "a", 6)]).AskRetry(6).Record;

        Assert.Equal([new SkippedEvent(View, 6, "a")], given.AskSkip(6).Record.Skipped);
    }

    private static void Unchanged<T>(ViewRecord given, (ViewRecord Record, T Answer) changed, T answer)
    {
        Assert.Same(given, changed.Record);
        Assert.Equal(answer, changed.Answer);
    }

    private static ViewRecord Given(params IReadOnlyList<ViewGeneration> generations)
        => s_none with { LastNumber = generations[^1].Number, Generations = generations };

    private static ViewGeneration Generation(int number, GenerationState state, params IReadOnlyList<long> positions)
        => new(
            View, number, 1, state, false, null,
            [.. positions.Select((position, index) => New(number, index) with { Position = position })]);

    private static ViewGeneration Retired(int number, int version, bool isDeclined)
        => Generation(number, GenerationState.Retired, 4) with { Version = version, IsDeclined = isDeclined, RetiredAt = s_now };

    private static ViewPartition New(int number, int index) => ViewPartition.New(View, number, index, s_now);

    private static ParkedEvent Parked(int number, int partition, string? document, long position, ParkedReason reason = ParkedReason.Threw)
        => new(
            View, number, partition, document, position, "order-1", 3, "order-placed.v1", reason, null,
            reason == ParkedReason.Waiting ? 0 : 1, s_now);
}

file static class Givens
{
    public static ViewRecord With(this ViewRecord record, IReadOnlyList<ParkedEvent> parked, params IReadOnlyList<SkippedEvent> skipped)
        => record with { Parked = parked, Skipped = skipped };
}
