using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Subscriptions;

/// <summary>A message of the log's subscription. Several consumers can share it; it is decoded once.</summary>
/// <param name="message">As the log sent it.</param>
/// <param name="isCaughtUp">Whether the subscription was at the end of the log with it.</param>
internal sealed class LogItem(SubscriptionMessage message, bool isCaughtUp)
{
    private object? _decoded;

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
