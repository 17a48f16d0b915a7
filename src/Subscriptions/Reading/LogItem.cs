using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Subscriptions;

/// <summary>A message of the log's subscription. Several consumers can share it; it is decoded once.</summary>
/// <param name="message">As the log sent it.</param>
/// <param name="isCaughtUp">Whether the subscription was at the end of the log with it.</param>
/// <param name="passed">The last event up to the message that is known, where that is not the message's own.</param>
internal sealed class LogItem(SubscriptionMessage message, bool isCaughtUp, PassedEvent? passed = null)
{
    private object? _decoded;

    /// <summary>The last event up to here that is known, also when it did not pass the filter; null: none.</summary>
    public PassedEvent? Passed { get; } = message.EventId is { } id ? new PassedEvent(message.Position.Value, id) : passed;

    public RecordedEvent? Event => message.Event;

    public long Position => message.Position.Value;

    public bool IsCaughtUp => isCaughtUp;

    /// <summary>The event; null when it can't be read, or there is none. <see cref="Decode"/> comes first.</summary>
    public EventEnvelope? Envelope => _decoded as EventEnvelope;

    /// <summary>Why the event can't be read; null when it can, or there is none. <see cref="Decode"/> comes first.</summary>
    public DecodedEvent? Fault => _decoded as DecodedEvent;

    /// <summary>Reads the event, if that was not done yet. Who comes at the same time reads it once more, with the same result.</summary>
    public void Decode(EventTypes types)
    {
        if (_decoded is null && Event is { } recorded)
        {
            var decoded = types.Decode(recorded);
            _decoded = decoded is DecodedEvent.Known known ? new EventEnvelope(recorded, known.Event) : decoded;
        }
    }
}

/// <summary>An event that a reader has come past, whether or not it was for it.</summary>
internal readonly record struct PassedEvent(long Position, Guid Id);
