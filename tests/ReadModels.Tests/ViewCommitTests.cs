using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Tests;

/// <summary>The check of a commit, and what becomes of a partition.</summary>
public sealed class ViewCommitTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private static readonly View<SalesDocument> s_view = new("orders", 1, null!);
    private static readonly ViewPartition s_zero = ViewPartition.New("orders", 1, 0, s_now) with { Position = 5 };
    private static readonly ViewPartition s_one = ViewPartition.New("orders", 1, 1, s_now) with { Position = 8 };

    [Fact]
    public void A_commit_moves_its_partitions_on_and_clears_their_faults()
    {
        var stored = s_zero with { Fault = "no way", Parked = 3, IsAsked = true };

        var advanced = Commit(7, s_zero, s_one).Advance([stored, s_one], s_now.AddHours(1));

        Assert.Equal(
            [
                stored with { Position = 7, Fault = null, UpdatedAt = s_now.AddHours(1) },
                s_one with { UpdatedAt = s_now.AddHours(1) },
            ],
            advanced);
    }

    [Fact]
    public void A_mark_goes_to_the_partitions_that_move_and_never_back_to_an_earlier_event()
    {
        LogMark early = new("log", 2, Guid.NewGuid(), s_now), late = new("log", 6, Guid.NewGuid(), s_now);
        var commit = Commit(7, s_zero, s_one) with { Mark = late };

        Assert.Equal(
            [late with { At = s_now.AddHours(1) }, early],
            commit.Advance([s_zero with { Mark = early }, s_one with { Mark = early }], s_now.AddHours(1))!.Select(one => one.Mark));
        Assert.Equal(late, (commit with { Mark = early }).MarkOf(s_zero with { Mark = late }, s_now));
        Assert.Equal(late, (commit with { Mark = null }).MarkOf(s_zero with { Mark = late }, s_now));
        Assert.All([early, early with { Position = 0, EventId = null }], mark => Assert.Equal(mark, LogMark.Parse(mark.ToString())));
    }

    [Fact]
    public void A_commit_is_refused_when_one_partition_is_not_as_it_was_seen()
    {
        var commit = Commit(9, s_zero, s_one);

        Assert.Null(commit.Advance([s_zero, s_one with { Position = 9 }], s_now));
        Assert.Null(commit.Advance([s_zero with { Epoch = 2 }, s_one], s_now));
        Assert.Null(commit.Advance([s_zero, null], s_now));
    }

    [Fact]
    public void A_commit_that_makes_no_sense_is_an_error()
    {
        ParkedEvent parked = new("orders", 1, 1, "a", 6, "order-1", 0, "order-placed.v1", ParkedReason.Threw, null, 1, s_now);
        Commit(5, s_zero, s_one).Validate(s_view);
        (Commit(6, s_one, s_zero) with { Parked = [parked], Released = [parked with { Partition = 0 }] }).Validate(s_view);

        ViewCommit<SalesDocument>[] senseless =
        [
            Commit(9),
            Commit(9, s_zero with { View = "other" }),
            Commit(9, s_zero, s_one with { Number = 2 }),
            Commit(4, s_zero, s_one),
            Commit(9, s_zero) with { Parked = [parked] },
            Commit(9, s_zero) with { Released = [parked] },
            Commit(9, s_one) with { Parked = [parked with { Number = 2 }] },
            Commit(9, s_one) with { Parked = [parked with { View = "other" }] },
        ];

        Assert.All(senseless, commit => Assert.ThrowsAny<ArgumentException>(() => commit.Validate(s_view)));
    }

    [Fact]
    public void Taking_a_lease_raises_its_epoch_and_nothing_else_does()
    {
        var taken = s_zero.Take("one");
        Assert.Equal(s_zero with { Owner = "one", Epoch = 2 }, taken);

        Assert.Equal(taken with { Owner = "two", Epoch = 3 }, taken.Take("two"));
        Assert.Equal(taken with { Owner = null }, taken.Release());
        Assert.Equal(taken with { Fault = "no way", UpdatedAt = s_now.AddHours(1) }, taken.Report("no way", s_now.AddHours(1)));
    }

    private static ViewCommit<SalesDocument> Commit(
        long position, params IReadOnlyList<ViewPartition> partitions)
        => new(partitions, position, [], []);

    private sealed record SalesDocument;
}
