using System.Collections.Immutable;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Deciding;

/// <summary>
/// The repeatable commands that a stream remembers, read from the metadata of its events: what makes a command that
/// comes twice take effect once, with no second write. Entries are kept for at least <see cref="Window"/>.
/// </summary>
internal sealed class CommandHistory
{
    /// <summary>How long a command is remembered, by the time of the commands (event time, so a reload agrees).</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    private const int FirstSweep = 1024;

    public static readonly CommandHistory Empty = new(ImmutableDictionary<Guid, Entry>.Empty, FirstSweep);

    private readonly ImmutableDictionary<Guid, Entry> _entries;
    private readonly int _nextSweep;

    private CommandHistory(ImmutableDictionary<Guid, Entry> entries, int nextSweep) => (_entries, _nextSweep) = (entries, nextSweep);

    public Entry? Find(Guid commandId) => _entries.GetValueOrDefault(commandId);

    /// <summary>With one more event. Events of commands that can't come again are not remembered.</summary>
    public CommandHistory With(EventMetadata? metadata, long revision, LogPosition position)
    {
        if (metadata is not { RequestHash: { } requestHash })
        {
            return this;
        }

        var entries = _entries.SetItem(metadata.CommandId, new Entry(requestHash, revision, position, metadata.At));
        if (entries.Count < _nextSweep)
        {
            return new CommandHistory(entries, _nextSweep);
        }

        entries = entries.RemoveRange(entries.Where(entry => entry.Value.At < metadata.At - Window).Select(entry => entry.Key));
        return new CommandHistory(entries, Math.Max(FirstSweep, entries.Count * 2));
    }

    /// <summary>What a command left.</summary>
    /// <param name="Revision">The revision of its last event.</param>
    /// <param name="Position">The log position of its last event.</param>
    internal sealed record Entry(string RequestHash, long Revision, LogPosition Position, DateTimeOffset At);
}
