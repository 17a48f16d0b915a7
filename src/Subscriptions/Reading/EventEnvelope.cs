using Orderly.Domain.EventStore;

namespace Orderly.Subscriptions;

/// <summary>An event of the log, read.</summary>
/// <param name="Recorded">As the log holds it.</param>
/// <param name="Event">Its newest shape.</param>
public sealed record EventEnvelope(RecordedEvent Recorded, object Event)
{
    /// <summary>The type's name without its version, such as <c>order-placed</c>.</summary>
    public string Name => Recorded.Type[..Recorded.Type.LastIndexOf(".v", StringComparison.Ordinal)];
}
