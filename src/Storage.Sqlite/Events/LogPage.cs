using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>A piece of the log.</summary>
/// <param name="Events">The events that passed the filter.</param>
/// <param name="ScannedTo">All events up to here were looked at; of a page that was read backwards, all from here on.</param>
/// <param name="LastId">The id of the event there; null when it was erased, or nothing was looked at.</param>
/// <param name="Head">The position of the last event when the page was read.</param>
internal readonly record struct LogPage(IReadOnlyList<RecordedEvent> Events, long ScannedTo, Guid? LastId, long Head);
