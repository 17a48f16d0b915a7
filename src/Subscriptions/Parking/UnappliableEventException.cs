using System.Globalization;
using Orderly.Domain.EventStore;

namespace Orderly.Subscriptions;

/// <summary>A projection threw for an event, or a process could not act on it. It says which event that was.</summary>
internal sealed class UnappliableEventException(RecordedEvent @event, Exception inner)
    : Exception(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{@event.Type} at position {@event.Position} ({@event.Stream}, revision {@event.Revision}): {Describe(inner)}"),
        inner)
{
    /// <summary>What was thrown, in one line.</summary>
    public static string Describe(Exception thrown) => $"{thrown.GetType().Name}: {thrown.Message.ReplaceLineEndings(" ")}";
}
