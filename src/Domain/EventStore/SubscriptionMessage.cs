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
    /// <summary>
    /// The id of the event at the position, also when that did not pass the filter; null when the store does not know it.
    /// </summary>
    public Guid? EventId { get; private init; } = Event?.Id;

    public static SubscriptionMessage Of(RecordedEvent @event) => new(SubscriptionMessageKind.Event, @event.Position, @event);

    public static SubscriptionMessage Checkpoint(LogPosition position, Guid? eventId = null)
        => new(SubscriptionMessageKind.Checkpoint, position, null) { EventId = eventId };

    public static SubscriptionMessage CaughtUp(LogPosition position) => new(SubscriptionMessageKind.CaughtUp, position, null);

    public static SubscriptionMessage FellBehind(LogPosition position) => new(SubscriptionMessageKind.FellBehind, position, null);
}
