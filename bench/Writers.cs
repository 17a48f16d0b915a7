using System.Diagnostics;
using Orderly.Domain.Deciding;

namespace Orderly.Bench;

/// <summary>Concurrent writers, each with one command under way at a time.</summary>
internal static class Writers
{
    public const int Count = 64;

    /// <summary>Runs the writers for a time after a warm-up and answers the accepted commands per second.</summary>
    public static Task<double> MeasureAsync(TimeSpan warmUp, TimeSpan duration, Func<Random, Task<CommandResult>> command)
        => MeasureAsync(warmUp, duration, async random =>
        {
            if (await command(random) is CommandResult.Refused refused)
            {
                throw new InvalidOperationException(refused.Refusal.Detail);
            }
        });

    /// <summary>The same of anything.</summary>
    public static async Task<double> MeasureAsync(TimeSpan warmUp, TimeSpan duration, Func<Random, Task> write)
    {
        await RunAsync(warmUp, write);
        var watch = Stopwatch.StartNew();
        var written = await RunAsync(duration, write);
        return written / watch.Elapsed.TotalSeconds;
    }

    private static async Task<long> RunAsync(TimeSpan duration, Func<Random, Task> write)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Count).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            var written = 0L;
            while (watch.Elapsed < duration)
            {
                await write(random);
                written++;
            }

            return written;
        })));
        return counts.Sum();
    }
}
