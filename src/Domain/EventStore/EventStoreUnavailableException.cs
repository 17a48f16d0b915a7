namespace Orderly.Domain.EventStore;

/// <summary>
/// The event store can't be reached or can't write now. Whether the append took effect is unknown to the caller;
/// repeating it with the same event ids is safe.
/// </summary>
public sealed class EventStoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
