namespace Orderly.Domain.EventStore;

/// <summary>What a subscription to the log yields.</summary>
public enum SubscriptionMessageKind
{
    /// <summary>An event that passed the filter.</summary>
    Event,

    /// <summary>All events up to the position were looked at; those since the last message did not pass the filter.</summary>
    Checkpoint,

    /// <summary>All that was in the log has been yielded; what follows comes as it is appended.</summary>
    CaughtUp,

    /// <summary>The reader is behind the end of the log again.</summary>
    FellBehind,
}

/// <summary>One message of a subscription.</summary>
/// <param name="Position">Where the subscription is after this message: resuming after it misses nothing.</param>
/// <param name="Event">Not null exactly for <see cref="SubscriptionMessageKind.Event"/>.</param>
public readonly record struct SubscriptionMessage(SubscriptionMessageKind Kind, LogPosition Position, RecordedEvent? Event)
{
    public static SubscriptionMessage Of(RecordedEvent @event) => new(SubscriptionMessageKind.Event, @event.Position, @event);

    public static SubscriptionMessage Checkpoint(LogPosition position) => new(SubscriptionMessageKind.Checkpoint, position, null);

    public static SubscriptionMessage CaughtUp(LogPosition position) => new(SubscriptionMessageKind.CaughtUp, position, null);

    public static SubscriptionMessage FellBehind(LogPosition position) => new(SubscriptionMessageKind.FellBehind, position, null);
}
