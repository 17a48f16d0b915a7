using System.Diagnostics;
using Orderly.Domain.Deciding;

namespace Orderly.Bench;

/// <summary>Concurrent writers, each with one command under way at a time.</summary>
internal static class Writers
{
    public const int Count = 64;

    /// <summary>Runs the writers for a time after a warm-up and answers the accepted commands per second.</summary>
    public static async Task<double> MeasureAsync(TimeSpan warmUp, TimeSpan duration, Func<Random, Task<CommandResult>> command)
    {
        await RunAsync(warmUp, command);
        var watch = Stopwatch.StartNew();
        var accepted = await RunAsync(duration, command);
        return accepted / watch.Elapsed.TotalSeconds;
    }

    private static async Task<long> RunAsync(TimeSpan duration, Func<Random, Task<CommandResult>> command)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Count).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            var accepted = 0L;
            while (watch.Elapsed < duration)
            {
                if (await command(random) is CommandResult.Refused refused)
                {
                    throw new InvalidOperationException(refused.Refusal.Detail);
                }

                accepted++;
            }

            return accepted;
        })));
        return counts.Sum();
    }
}
