using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Orderly.Tests;
using Xunit.Abstractions;

namespace Orderly.EndToEnd.Tests;

/// <summary>
/// The embedded stores on a disk that becomes full, and has room again. <c>ORDERLY_TEST_FULL_DISKS</c> says how often; how long readiness
/// took to be right is in the output.
/// </summary>
public class FullDiskTests(ITestOutputHelper output)
{
    private const int Megabytes = 48;

    private static readonly int s_rounds = TestSize.Of("FULL_DISKS", 2);

    /// <summary>
    /// While nothing can be written the service is not ready; when there is room it is, though nobody sends a command. Nothing that was
    /// acknowledged is lost, and the views are what the log says. The program's log stays short meanwhile.
    /// </summary>
    [SkippableFact]
    public async Task A_full_disk_is_told_and_all_goes_on_by_itself_when_there_is_room()
    {
        Skip.If(Deployment.IsOnServers, "The servers have disks of their own.");
        await using var data = await Deployment.StartAsync();
        await using var disk = await SmallDisk.MountAsync(data.Path, Megabytes);
        var traffic = new Traffic();
        string story;
        await using (var api = await RunningApi.StartAsync(data))
        {
            await traffic.OpenShopAsync(api.Client);
            for (var round = 1; round <= s_rounds; round++)
            {
                if (round % 2 == 0)
                {
                    // With nothing in the write-ahead log that could be used again.
                    await Wait.UntilAsync(() => new FileInfo(Path.Combine(data.Path, "events.db-wal")).Length == 0);
                    disk.Fill();
                }

                var refused = traffic.Unavailable;
                using var stop = new CancellationTokenSource();
                var running = traffic.RunAsync(api.Client, clients: 4, stop.Token);
                if (round % 2 == 1)
                {
                    var orders = traffic.Orders;
                    await Wait.UntilAsync(() => traffic.Orders > orders + 10);
                    disk.Fill();
                }

                await Wait.UntilAsync(() => traffic.Unavailable > refused);
                var watch = Stopwatch.StartNew();
                await Wait.UntilAsync(async () => !await IsReadyAsync(api));
                var full = watch.Elapsed.TotalSeconds;
                refused = traffic.Unavailable;
                await Wait.UntilAsync(() => traffic.Unavailable > refused + 50);
                await stop.CancelAsync();
                await running;
                Assert.False(await IsReadyAsync(api));

                disk.Free();
                watch.Restart();
                await Wait.UntilAsync(() => IsReadyAsync(api));
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Not ready {full:F2} s after the first refusal, ready {watch.Elapsed.TotalSeconds:F2} s after there was room."));
            }

            await traffic.RepeatUnansweredAsync(api.Client);
            story = api.Story;
            await using var stores = new Stores(data);
            await stores.AtRestAsync();
        }

        Assert.InRange(story.Length, 0, 256 * 1024);
        await using var after = new Stores(data);
        var log = string.Join('\n', (await after.ReadLogAsync()).Select(one => Encoding.UTF8.GetString(one.Data.Span)));
        Assert.All(traffic.Acknowledged, one => Assert.Contains(one.Marker, log, StringComparison.Ordinal));
        await after.AssertViewsAreWhatTheLogSaysAsync();
    }

    private static async Task<bool> IsReadyAsync(RunningApi api)
    {
        using var answer = await api.Client.GetAsync("/health/ready");
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}");
        return answer.IsSuccessStatusCode;
    }
}
