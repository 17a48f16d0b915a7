using System.Diagnostics;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;
using Xunit.Abstractions;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>A new version of a view, built by one process beside the old version that others keep, under load.</summary>
public sealed class BlueGreenTests(ITestOutputHelper output)
{
    private const int Before = 20_000;

    private static readonly int s_kills = TestSize.Of("KILLS", 3);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// The builder is killed again and again, at any point of its work; what is read meanwhile is always the log as version 1
    /// counts it, and from one instant on as version 2 does; and after the rollback, from one instant on, as version 1 again.
    /// </summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    public async Task Readers_see_one_version_whole_while_the_builder_of_the_next_one_is_killed(int partitions, int oldWorkers)
    {
        await using var engine = new Engine();
        var version1
            = new WorkerSettings(engine.Path, ["counters"]) { Partitions = partitions, LeaseDuration = TimeSpan.FromMilliseconds(500) };
        var version2 = version1 with { Version = 2 };
        var writer = new SteadyWriter(engine, counters: 20);
        await writer.WriteAsync(Before);
        List<WorkerProcess> workers = [];
        try
        {
            for (var i = 0; i < oldWorkers; i++)
            {
                workers.Add(await WorkerProcess.StartAsync(version1));
            }

            await engine.UntilAsync(live => live.Position >= Before
                && live.Partitions.Select(one => one.Owner).OfType<string>().Distinct().Count() == oldWorkers);
            using var stop = new CancellationTokenSource();
            var reader = new SteadyReader(engine, writer.Counters, isExact: partitions == 1);
            var (reading, writing) = (reader.ReadAsync(stop.Token), writer.WriteAsync(s_pause, stop.Token));

            var reached = await BuildAndKillAsync(engine, version2);
            Assert.Equal([1], reader.Versions);

            var watch = Stopwatch.StartNew();
            workers.Add(await WorkerProcess.StartAsync(version2));
            var swapped = await engine.UntilAsync(live => live.Version == 2);
            output.WriteLine(
                $"{s_kills} kills up to position {reached}; live {watch.Elapsed.TotalSeconds:N1} s after the last start, at "
                + $"{swapped.Position}");
            await reader.PollsAsync(200);

            watch.Restart();
            Assert.Equal(1, (await engine.Views.RollBackAsync("counters", CancellationToken.None))?.Version);
            var back = await engine.UntilAsync(live => live.Version == 1);
            output.WriteLine($"back {watch.Elapsed.TotalSeconds:N1} s after the rollback, at {back.Position}");
            await reader.PollsAsync(200);

            await stop.CancelAsync();
            await Task.WhenAll(reading, writing);
            output.WriteLine($"{reader.Polls} polls, {writer.Events} events");
            Assert.Empty(reader.Faults);
            Assert.Equal([1, 2, 1], reader.Versions);
            Assert.Equal(writer.Written, await engine.CountersAtHeadAsync());
            Assert.Empty(await engine.VerifyAsync());
            Assert.Equal(
                [(1, GenerationState.Live), (2, GenerationState.Retired)],
                (await engine.Views.ReadGenerationsAsync(CancellationToken.None)).Select(one => (one.Number, one.State)));
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }
    }

    /// <summary>Kills builders after random progress, or right after their start. Answers how far they have come together.</summary>
    private static async Task<long> BuildAndKillAsync(Engine engine, WorkerSettings settings)
    {
        // None gets to the end, however late it is killed.
        const long Until = Before * 9L / 10;
        const int Step = 25;
        var random = new Random(20261121);
        var reached = 0L;
        for (var kill = 0; kill < s_kills; kill++)
        {
            await using var builder = await WorkerProcess.StartAsync(
                settings with { MaxBatchEvents = Step, Pause = TimeSpan.FromMilliseconds(10), Until = Until });
            if (kill % 4 == 3)
            {
                await Task.Delay(random.Next(600));
            }
            else
            {
                var target = Math.Min(reached + random.Next(1, 1_600), Until - Step);
                await engine.UntilAllAsync(all => all.Any(one => one.Version == 2 && one.Position >= target));
            }

            await builder.KillAsync();
            var building = Assert.Single(await engine.Views.ReadGenerationsAsync(CancellationToken.None), one => one.Version == 2);
            Assert.Equal((2, GenerationState.Building), (building.Number, building.State));
            Assert.InRange(building.Position, reached, Before);
            reached = building.Position;
        }

        return reached;
    }
}
