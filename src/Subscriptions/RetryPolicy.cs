using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// How often something that failed is tried again, and after which pauses. An event for which a projection throws has
/// <see cref="MaxAttempts"/> tries. A store that can't be reached has no end of them.
/// </summary>
internal sealed class RetryPolicy(SubscriptionOptions options)
{
    private const int MaxDoublings = 20;

    /// <summary>The longest pause while a store is away: when it is back, nobody is late by more.</summary>
    private static readonly TimeSpan s_away = TimeSpan.FromSeconds(1);

    /// <summary>How often an event is tried before it is parked, the first time included.</summary>
    public int MaxAttempts => options.MaxAttempts;

    /// <summary>
    /// The pause after a number of failures, at least 1: it doubles with each, up to <see cref="SubscriptionOptions.MaxRetryDelay"/>.
    /// </summary>
    public TimeSpan PauseAfter(int failures)
    {
        var pause = options.FirstRetryDelay * Math.Pow(2, Math.Min(failures - 1, MaxDoublings));
        return pause < options.MaxRetryDelay ? pause : options.MaxRetryDelay;
    }

    /// <summary>The same after a fault: at most a second when a store is away.</summary>
    public TimeSpan PauseAfter(int failures, Exception fault)
    {
        var pause = PauseAfter(failures);
        return IsAway(fault) && pause > s_away ? s_away : pause;
    }

    /// <summary>Whether a store could not be reached or written.</summary>
    public static bool IsAway(Exception fault) => fault is EventStoreUnavailableException or ViewStoreUnavailableException;
}
