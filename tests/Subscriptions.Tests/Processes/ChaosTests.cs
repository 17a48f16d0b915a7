using System.Globalization;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using Xunit.Abstractions;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>Workers that die, sleep and leave, while others take over what they kept.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Workers = 5;

    // So that who is put to sleep is often about to commit.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private static readonly string[] s_views =
        [.. Enumerable.Range(1, 8).Select(i => string.Create(CultureInfo.InvariantCulture, $"view-{i}"))];

    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(TestSize.Of("CHAOS_SECONDS", 6));

    /// <summary>
    /// Every second one of five workers is killed, put to sleep for longer than its lease, or stopped, and replaced. What each
    /// of them writes down about its commits shows that no partition ever had two writers, and every event is counted once.
    /// </summary>
    [Fact]
    public async Task Every_partition_has_one_writer_at_a_time_while_workers_die_sleep_and_leave()
    {
        await using var engine = new Engine();
        var writer = new SteadyWriter(engine, counters: 40);
        await using var crew = new Crew(engine);
        for (var i = 0; i < Workers; i++)
        {
            await crew.HireAsync();
        }

        using var stop = new CancellationTokenSource();
        var writing = writer.WriteAsync(TimeSpan.FromMilliseconds(3), stop.Token);
        await engine.UntilAllAsync(
            all => all.Count == s_views.Length && all.All(one => one.Partitions.All(partition => partition.Owner is not null)));
        var blows = await BlowAsync(crew);
        await stop.CancelAsync();
        await writing;

        var head = await engine.Log.ReadHeadAsync(CancellationToken.None);
        var last = await engine.UntilAllAsync(
            all => all.All(one => one.Position >= head.Value) && blows.All(blow => blow.IsTakenOver(all)));
        await crew.StopAsync();

        foreach (var view in s_views)
        {
            Assert.Equal(writer.Written, await engine.CountersAsync(view));
            Assert.Empty(await engine.VerifyAsync(new CountingProjection(name: view)));
        }

        var (commits, leases) = crew.ReadRecords();
        AssertOneWriterEach(last, commits, leases);
        var takeovers = blows.Select(blow => (blow.Kind, Time: TakeoverOf(blow, commits, leases)))
            .Where(one => one.Time is not null)
            .ToList();
        output.WriteLine(
            $"{writer.Events} events, {commits.Count} commits, of which "
            + $"{commits.Count(one => one.Outcome == CommitOutcome.Refused)} were refused "
            + $"and {commits.Count(one => one.Outcome == CommitOutcome.Unknown)} unknown, {leases.Count} leases");
        foreach (var kind in takeovers.GroupBy(one => one.Kind))
        {
            var times = kind.Select(one => one.Time!.Value.TotalSeconds).Order().ToList();
            output.WriteLine(FormattableString.Invariant(
                $"{kind.Key}: {times.Count} partitions taken over, median {times[times.Count / 2]:N2} s, at most {times[^1]:N2} s"));
        }

        Assert.All(takeovers, one => Assert.True(one.Time >= TimeSpan.Zero, $"{one.Kind}: taken over before it happened."));
    }

    /// <summary>Hits a worker every second. Answers which partitions were without their worker, and from when on.</summary>
    private static async Task<List<Orphan>> BlowAsync(Crew crew)
    {
        var random = new Random(20261121);
        List<Orphan> orphans = [];
        using var time = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var blow = 0; blow < s_duration.TotalSeconds && await time.WaitForNextTickAsync(); blow++)
        {
            var kind = (Blow)random.Next(3);
            orphans.AddRange(await crew.HitAsync(kind, random));
        }

        return orphans;
    }

    /// <summary>How long after its worker was hit a partition was in somebody else's hands; null: never.</summary>
    private static TimeSpan? TakeoverOf(Orphan orphan, List<RecordedCommit> commits, List<RecordedLease> leases)
    {
        var later = leases.Where(one => IsLater(one.View, one.Partition, one.Epoch)).Select(one => one.At)
            .Concat(commits.Where(one => IsLater(one.View, one.Partition, one.Epoch)).Select(one => one.At)).ToList();
        return later.Count == 0 ? null : later.Min() - orphan.At;

        bool IsLater(string view, int partition, long epoch)
            => (view, partition) == (orphan.Partition.View, orphan.Partition.Index) && epoch > orphan.Partition.Epoch;
    }

    /// <summary>
    /// The accepted commits of each partition follow one another from the start of the log to its end, under epochs that only
    /// rise and each of which has one worker. A commit whose process was killed before it could say what became of it counts
    /// where it is needed to close a gap, and only there.
    /// </summary>
    private static void AssertOneWriterEach(IReadOnlyList<ViewGeneration> last, List<RecordedCommit> commits, List<RecordedLease> leases)
    {
        Assert.All(
            commits.Select(one => (one.View, one.Partition, one.Epoch, one.Worker)).Concat(
                leases.Select(one => (one.View, one.Partition, one.Epoch, one.Worker)))
                .Distinct().GroupBy(one => (one.View, one.Partition, one.Epoch)),
            holders => Assert.Single(holders));
        foreach (var partition in last.SelectMany(one => one.Partitions))
        {
            var own = commits.Where(one => (one.View, one.Partition) == (partition.View, partition.Index)).ToList();
            var unknown = own.Where(one => one.Outcome == CommitOutcome.Unknown).ToList();
            var (position, epoch) = (0L, 0L);
            foreach (var commit in own.Where(one => one.Outcome == CommitOutcome.Accepted)
                .OrderBy(one => one.From)
                .ThenBy(one => one.To)
                .ThenBy(one => one.Epoch))
            {
                CloseGap(commit.From);
                Assert.True(
                    commit.From == position && commit.Epoch >= epoch, $"{commit} does not follow position {position} and epoch {epoch}.");
                (position, epoch) = (commit.To, commit.Epoch);
            }

            CloseGap(partition.Position);
            Assert.Equal(partition.Position, position);

            void CloseGap(long to)
                => (position, epoch) = Follow(position, epoch, to) is { } reached ? (to, reached) : (position, epoch);

            // Of two from the same position, at most one was accepted: the epoch that is reached where they lead to the end of the gap.
            long? Follow(long from, long under, long to)
                => from == to
                    ? under
                    : unknown.Where(one => one.From == from && one.To > from && one.To <= to && one.Epoch >= under)
                        .Select(one => Follow(one.To, one.Epoch, to))
                        .FirstOrDefault(reached => reached is not null);
        }
    }

    private enum Blow
    {
        Killed,
        Asleep,
        Stopped,
    }

    /// <summary>A partition whose worker was hit.</summary>
    private sealed record Orphan(Blow Kind, ViewPartition Partition, DateTimeOffset At)
    {
        /// <summary>Who wakes up in time may keep what it has.</summary>
        public bool IsTakenOver(IReadOnlyList<ViewGeneration> all)
            => Kind == Blow.Asleep || all.Any(one => one.View == Partition.View && one.Partitions[Partition.Index].Epoch > Partition.Epoch);
    }

    /// <summary>The workers.</summary>
    private sealed class Crew(Engine engine) : IAsyncDisposable
    {
        private readonly List<(WorkerProcess Process, Task Sleeping)> _workers = [];
        private readonly List<string> _records = [];

        public async Task HireAsync()
        {
            var record = Path.Combine(engine.Path, string.Create(CultureInfo.InvariantCulture, $"commits-{_records.Count:000}"));
            var worker = await WorkerProcess.StartAsync(
                new WorkerSettings(engine.Path, s_views) { Partitions = 4, Pause = s_pause, Record = record });
            _records.Add(record);
            _workers.Add((worker, Task.CompletedTask));
        }

        /// <summary>Hits one that is not asleep. Answers what it kept.</summary>
        public async Task<List<Orphan>> HitAsync(Blow blow, Random random)
        {
            await Wait.UntilAsync(() => _workers.Exists(one => one.Sleeping.IsCompleted));
            var awake = _workers.Where(one => one.Sleeping.IsCompleted).ToList();
            var victim = awake[random.Next(awake.Count)];
            var at = DateTimeOffset.UtcNow;
            var generations = await engine.Views.ReadGenerationsAsync(CancellationToken.None);
            var kept = generations.SelectMany(one => one.Partitions)
                .Where(one => victim.Process.Is(one.Owner))
                .Select(one => new Orphan(blow, one, at))
                .ToList();
            _workers.Remove(victim);
            if (blow == Blow.Asleep)
            {
                _workers.Add((victim.Process, victim.Process.PauseAsync(TimeSpan.FromMilliseconds(random.Next(1_500, 3_000)))));
                return kept;
            }

            await (blow == Blow.Killed ? victim.Process.KillAsync() : victim.Process.StopAsync());
            await victim.Process.DisposeAsync();
            await HireAsync();
            return kept;
        }

        /// <summary>Stops all in good order.</summary>
        public async Task StopAsync()
        {
            await Task.WhenAll(_workers.Select(one => one.Sleeping));
            await Task.WhenAll(_workers.Select(one => one.Process.StopAsync()));
        }

        public (List<RecordedCommit> Commits, List<RecordedLease> Leases) ReadRecords()
        {
            var read = _records.ConvertAll(CommitRecord.Read);
            return ([.. read.SelectMany(one => one.Commits)], [.. read.SelectMany(one => one.Leases)]);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (process, _) in _workers)
            {
                await process.DisposeAsync();
            }
        }
    }
}
