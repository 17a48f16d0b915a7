using System.Globalization;
using Orderly.Domain.EventStore;

namespace Orderly.Subscriptions;

/// <summary>An event that a consumer can't go past: it can't be read, or its projection threw.</summary>
public sealed class UnappliableEventException(RecordedEvent @event, string reason, Exception? inner = null)
    : Exception(
        string.Create(CultureInfo.InvariantCulture, $"{@event.Type} at position {@event.Position} ({@event.Stream}, revision {@event.Revision}): {reason}"),
        inner)
{
    public RecordedEvent Event { get; } = @event;

    /// <summary>For what a projection threw.</summary>
    public static UnappliableEventException Thrown(RecordedEvent @event, Exception inner)
        => new(@event, $"{inner.GetType().Name}: {inner.Message}", inner);
}
