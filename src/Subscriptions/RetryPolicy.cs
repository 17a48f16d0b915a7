namespace Orderly.Subscriptions;

/// <summary>
/// How often something that failed is tried again, and after which pauses. An event for which a projection throws has
/// <see cref="MaxAttempts"/> tries. A store that can't be reached has no end of them.
/// </summary>
internal sealed class RetryPolicy(SubscriptionOptions options)
{
    private const int MaxDoublings = 20;

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
}
