using System.Diagnostics;
using Orderly.Domain.Deciding;

namespace Orderly.Bench;

/// <summary>Concurrent writers, each with one command under way at a time.</summary>
internal static class Writers
{
    public const int Count = 64;

    /// <summary>Runs the writers for a time after a warm-up and answers how often a second each write ended.</summary>
    public static async Task<double> MeasureAsync(TimeSpan warmUp, TimeSpan duration, Func<Random, Task> write)
        => (await CompareAsync(warmUp, duration, write))[0];

    /// <summary>The same of several, in turns after all have warmed up, so that what changes meanwhile meets them alike.</summary>
    public static async Task<double[]> CompareAsync(TimeSpan warmUp, TimeSpan duration, params IReadOnlyList<Func<Random, Task>> writes)
    {
        const int Turns = 8;
        foreach (var write in writes)
        {
            await RunAsync(warmUp, write);
        }

        var written = new long[writes.Count];
        var seconds = new double[writes.Count];
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var i = 0; i < writes.Count; i++)
            {
                var watch = Stopwatch.StartNew();
                written[i] += await RunAsync(duration / Turns, writes[i]);
                seconds[i] += watch.Elapsed.TotalSeconds;
            }
        }

        return [.. written.Zip(seconds, (count, time) => count / time)];
    }

    /// <summary>Sends a command that has to be accepted.</summary>
    public static async Task AcceptedAsync(Task<CommandResult> command)
    {
        if (await command is CommandResult.Refused refused)
        {
            throw new InvalidOperationException(refused.Refusal.Detail);
        }
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
