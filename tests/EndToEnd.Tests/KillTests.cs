using System.Text;
using System.Text.RegularExpressions;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

public partial class KillTests
{
    /// <summary>How often each test kills or pauses something: <c>ORDERLY_TEST_KILLS</c>.</summary>
    internal static readonly int Kills = TestSize.Of("KILLS", 3);

    /// <summary>More acknowledged commands are wanted in the end, or there was no load.</summary>
    private static readonly int s_load = Kills * (Deployment.IsOnServers ? 25 : 50);

    /// <summary>
    /// The API, with its workers, is killed at random moments under load, sleeps before, or loses its power. Every acknowledged command is
    /// in the log exactly once, the log has no gap, and every view equals one that is rebuilt from nothing.
    /// </summary>
    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_when_the_api_is_killed()
    {
        await using var data = await Deployment.StartAsync();
        var traffic = new Traffic();
        var random = new Random(20261121);
        var opened = false;
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var api = await RunningApi.StartAsync(data, losesUnsynced: !Deployment.IsOnServers && kill % 2 == 0);
            if (!opened)
            {
                await traffic.OpenShopAsync(api.Client);
                opened = true;
            }

            await traffic.RepeatUnansweredAsync(api.Client);
            using var stop = new CancellationTokenSource();
            var running = traffic.RunAsync(api.Client, clients: 16, stop.Token);
            await LoadAsync(traffic, kill, random);
            if (kill % 5 == 0)
            {
                await api.PauseAsync(TimeSpan.FromMilliseconds(random.Next(100, 3_000)));
            }

            await api.KillAsync();
            await stop.CancelAsync();
            await running;
        }

        await using var stores = new Stores(data);
        await using (var api = await RunningApi.StartAsync(data))
        {
            await SettleAsync(api, stores, traffic);
        }

        await AssertNothingLostOrDoubledAsync(stores, traffic, s_load);
        if (!Deployment.IsOnServers)
        {
            var check = await RunningProgram.RunWorkerAsync(data, "check", "log");
            Assert.True(check.ExitCode == 0, check.Output);
        }
    }

    /// <summary>
    /// On servers: the API, the worker and the event store's server are killed in turn at random, and started again; the
    /// event store's server is stopped in good order every other time.
    /// </summary>
    [SkippableFact]
    public async Task Nothing_acknowledged_is_lost_when_programs_and_event_store_are_killed()
    {
        Skip.IfNot(
            Deployment.IsOnServers, "There is no server to kill: ORDERLY_TEST_EVENTSTOREDB_START and ORDERLY_TEST_MONGODB are not set.");
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        var traffic = new Traffic();
        var random = new Random(20261121);
        var api = await RunningApi.StartAsync(data);
        try
        {
            await traffic.OpenShopAsync(api.Client);
            for (var kill = 0; kill < Kills; kill++)
            {
                using var stop = new CancellationTokenSource();
                var running = traffic.RunAsync(api.Client, clients: 16, stop.Token);
                await LoadAsync(traffic, kill, random);
                var victim = kill % 3;
                if (victim == 0)
                {
                    await api.KillAsync();
                }
                else if (victim == 1)
                {
                    await api.KillWorkerAsync();
                    await traffic.MoreAsync(random.Next(50));
                    api.StartWorker();
                }
                else
                {
                    var unavailable = traffic.Unavailable;
                    await (kill % 2 == 0 ? data.KillEventStoreAsync() : data.StopEventStoreAsync());
                    await Wait.UntilAsync(() => traffic.Unavailable > unavailable);
                    await data.StartEventStoreAsync();
                    await traffic.MoreAsync(random.Next(50));
                }

                await stop.CancelAsync();
                await running;
                if (victim == 0)
                {
                    await api.DisposeAsync();
                    api = await RunningApi.StartAsync(data);
                }

                await traffic.RepeatUnansweredAsync(api.Client);
            }

            await SettleAsync(api, stores, traffic);
        }
        finally
        {
            await api.DisposeAsync();
        }

        Assert.True(traffic.Unavailable > 0, "No command was answered while the event store was gone.");
        await AssertNothingLostOrDoubledAsync(stores, traffic, s_load);
    }

    /// <summary>
    /// Five workers share the views; every second one of them is killed, put to sleep for longer than its lease, or stopped,
    /// and comes back. No view ever has two writers whose commits are both accepted, which a fold of the log tells.
    /// </summary>
    [Fact]
    public async Task Every_event_takes_effect_once_while_workers_die_sleep_and_leave()
    {
        const int Workers = 5;
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        var traffic = new Traffic();
        var random = new Random(20261121);
        await using var api = await RunningApi.StartAloneAsync(data);
        List<RunningProgram> workers = [.. Enumerable.Range(0, Workers).Select(_ => RunningProgram.StartWorker(data, "run"))];
        List<Task> sleeping = [];
        try
        {
            await traffic.OpenShopAsync(api.Client);
            using var stop = new CancellationTokenSource();
            var running = traffic.RunAsync(api.Client, clients: 2, stop.Token);
            for (var blow = 0; blow < Kills; blow++)
            {
                var victim = random.Next(Workers);
                await workers[victim].FollowingAsync();
                await traffic.MoreAsync(random.Next(2 * s_load / Kills));
                if (blow % 3 == 0)
                {
                    sleeping.Add(workers[victim].PauseAsync(TimeSpan.FromSeconds(2)));
                    continue;
                }

                await Task.WhenAll(sleeping);
                await (blow % 3 == 1 ? workers[victim].KillAsync() : workers[victim].StopAsync());
                await workers[victim].DisposeAsync();
                workers[victim] = RunningProgram.StartWorker(data, "run");
            }

            await Task.WhenAll(sleeping);
            await Wait.UntilAsync(() => traffic.Acknowledged.Count > s_load);
            await stop.CancelAsync();
            await running;
            await SettleAsync(api, stores, traffic);
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }

        await AssertNothingLostOrDoubledAsync(stores, traffic, s_load);
    }

    /// <summary>Waits until there were enough commands for so many kills; and for a random number of them.</summary>
    private static async Task LoadAsync(Traffic traffic, int kill, Random random)
    {
        await Wait.UntilAsync(() => traffic.Acknowledged.Count > (kill + 1) * s_load / Kills);
        await traffic.MoreAsync(random.Next(100));
    }

    /// <summary>Sends what got no answer until it gets one, and waits until nobody has anything left to do.</summary>
    internal static async Task SettleAsync(RunningApi api, Stores stores, Traffic traffic)
    {
        await Wait.UntilAsync(async () =>
        {
            await traffic.RepeatUnansweredAsync(api.Client);
            return traffic.Unanswered == 0;
        });
        await stores.AtRestAsync();
    }

    /// <param name="load">More acknowledged commands are wanted, or there was no load.</param>
    internal static async Task AssertNothingLostOrDoubledAsync(Stores stores, Traffic traffic, int load)
    {
        var log = await stores.ReadLogAsync();
        if (!Deployment.IsOnServers)
        {
            Assert.Equal(Enumerable.Range(1, log.Count).Select(position => (long)position), log.Select(e => e.Position.Value));
        }

        Assert.All(
            log.GroupBy(e => e.Stream),
            stream => Assert.Equal(Enumerable.Range(0, stream.Count()).Select(i => (long)i), stream.Select(e => e.Revision)));
        Assert.Equal(log.Count, log.Select(e => e.Id).Distinct().Count());

        // Each command, also those of processes, makes one event here, so none took effect twice.
        Assert.All(log.GroupBy(e => EventTypes.DecodeMetadata(e)!.CommandId), command => Assert.Single(command));

        // Each command of a client has left its marker in its event: once when it was acknowledged, and never twice.
        var byMarker = log.Where(e => EventTypes.DecodeMetadata(e) is { } metadata && metadata.CausationId == metadata.CommandId)
            .ToLookup(MarkerOf);
        Assert.All(byMarker, marker => Assert.Single(marker));
        Assert.All(traffic.Acknowledged, one =>
        {
            var e = Assert.Single(byMarker[one.Marker]);
            Assert.Equal((one.Position, one.Revision), (e.Position.Value, e.Revision));
        });
        Assert.True(traffic.Acknowledged.Count > load, $"Only {traffic.Acknowledged.Count} commands were acknowledged: this is no load.");

        await stores.AssertViewsAreWhatTheLogSaysAsync();
    }

    /// <summary>
    /// The marker of the command that made the event: in the id of an order that was placed, and in a text of all others.
    /// </summary>
    private static string MarkerOf(RecordedEvent e)
    {
        var data = Encoding.UTF8.GetString(e.Data.Span);
        return e.Type == "order-placed.v1" ? MarkerInOrderId().Match(data).Value : MarkerInText().Match(data).Value;
    }

    [GeneratedRegex("(?<=o-)m-[0-9]{8}")]
    private static partial Regex MarkerInOrderId();

    [GeneratedRegex("(?<!o-)m-[0-9]{8}")]
    private static partial Regex MarkerInText();
}
