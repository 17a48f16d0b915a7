using System.Diagnostics;
using Orderly.Tests;
using Xunit.Abstractions;

namespace Orderly.EndToEnd.Tests.Cluster;

/// <summary>
/// Two APIs and three workers on a cluster of EventStoreDB whose leader dies, stops, freezes and is cut off, in turn, under load. Needs
/// <c>ORDERLY_TEST_EVENTSTOREDB_NODE</c> (see the script), what other tests on servers need, and the rights of root.
/// </summary>
public sealed class ClusterTests(ITestOutputHelper output)
{
    /// <summary>For how long the leaders are struck: <c>ORDERLY_TEST_CLUSTER_SECONDS</c>.</summary>
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(TestSize.Of("CLUSTER_SECONDS", 60));

    /// <summary>
    /// What is done to the leader, what undoes it, and whether another one takes its place meanwhile. The others go on electing a leader
    /// whose process is frozen while its machine still takes connections (seen with 23.10.8).
    /// </summary>
    private static readonly (string Strike, string Mend, bool IsReplaced)[] s_faults =
        [("kill", "start", true), ("freeze", "thaw", false), ("cut", "join", true), ("stop", "start", true)];

    [SkippableFact]
    public async Task Nothing_acknowledged_is_lost_while_leaders_die_freeze_and_are_cut_off()
    {
        Skip.IfNot(EventStoreDbCluster.IsThere && Deployment.IsOnServers, "There is no cluster: see the script.");
        await using var cluster = await EventStoreDbCluster.StartAsync();
        await using var data = await Deployment.StartOnAsync(cluster.ConnectionString);
        await using var stores = new Stores(data);
        var traffic = new Traffic();
        var random = new Random(20261130);
        List<RunningProgram> workers = [.. Enumerable.Range(0, 3).Select(_ => RunningProgram.StartWorker(data, "run"))];
        RunningApi[] apis = [await RunningApi.StartAloneAsync(data), await RunningApi.StartAloneAsync(data)];
        Dictionary<string, List<double>> takeovers = s_faults.ToDictionary(fault => fault.Strike, _ => new List<double>());
        try
        {
            await traffic.OpenShopAsync(apis[0].Client);
            using var stop = new CancellationTokenSource();
            var running = Task.WhenAll(apis.Select(api => traffic.RunAsync(api.Client, clients: 4, stop.Token)));
            var started = Stopwatch.GetTimestamp();
            for (var blow = 0; Stopwatch.GetElapsedTime(started) < s_duration; blow++)
            {
                var (strike, mend, isReplaced) = s_faults[blow % s_faults.Length];
                await traffic.MoreAsync(random.Next(20, 100));
                var leader = await cluster.LeaderAsync();
                var unavailable = traffic.Unavailable;
                var struck = Stopwatch.GetTimestamp();
                await cluster.DoAsync(strike, leader);

                // An append that was under way may still be answered.
                await Wait.UntilAsync(
                    () => traffic.Unavailable > unavailable || Stopwatch.GetElapsedTime(struck) > TimeSpan.FromSeconds(5));
                if (!isReplaced)
                {
                    await cluster.DoAsync(mend, leader);
                }

                await traffic.MoreAsync(20);
                takeovers[strike].Add(Stopwatch.GetElapsedTime(struck).TotalSeconds);
                if (isReplaced)
                {
                    await cluster.DoAsync(mend, leader);
                }
            }

            await stop.CancelAsync();
            await running;
            await KillTests.SettleAsync(apis[0], stores, traffic);
            Assert.DoesNotContain(workers, worker => worker.HasExited);
        }
        finally
        {
            foreach (var program in apis.Cast<IAsyncDisposable>().Concat(workers))
            {
                await program.DisposeAsync();
            }
        }

        foreach (var (fault, seconds) in takeovers.Where(one => one.Value.Count > 0))
        {
            seconds.Sort();
            output.WriteLine(
                $"{fault}: {seconds.Count} times; commands are acknowledged again after {seconds[seconds.Count / 2]:0.0} s (median), "
                + $"{seconds[^1]:0.0} s (longest)");
        }

        output.WriteLine($"{traffic.Acknowledged.Count} commands acknowledged, {traffic.Unavailable} answered with 503.");
        await KillTests.AssertNothingLostOrDoubledAsync(stores, traffic, load: 100);
    }
}
