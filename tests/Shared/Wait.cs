using System.Runtime.CompilerServices;

namespace Orderly.Tests;

/// <summary>Waits for conditions, and never for a time to pass. The limit measures nothing: it ends a test that hangs.</summary>
public static class Wait
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a condition may take: far longer than it does on a slow machine that is busy with other work.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Looks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold within the <see cref="Limit"/>.</exception>
    public static async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        for (var started = Environment.TickCount64; !await condition(); await Task.Delay(s_pause))
        {
            if (Environment.TickCount64 - started > Limit.TotalMilliseconds)
            {
                throw new TimeoutException($"This did not hold within {Limit}: {text}");
            }
        }
    }

    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, string)"/>
    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
        => UntilAsync(() => Task.FromResult(condition()), text);
}
