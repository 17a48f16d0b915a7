using System.Globalization;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// What is parked in the partitions that a follower holds. An event that can't be applied to a document is parked, and
/// so is every later event of that document: the order within a key holds. The key of an event that can't be read is its
/// stream, since nobody can tell its documents: what follows there waits, with the documents that it would change.
/// </summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class ParkingLot
{
    private readonly int _limit;
    private readonly TimeProvider _time;
    private readonly HashSet<string> _documents = new(StringComparer.Ordinal);
    private readonly HashSet<(int Partition, string Stream)> _streams = [];
    private readonly HashSet<(int Partition, long Position, string? Document)> _stored;
    private readonly HashSet<(long Position, string? Document)> _skipped;
    private readonly Dictionary<int, int> _counts = [];
    private readonly List<ParkedEvent> _committed;
    private readonly List<ParkedEvent> _new = [];

    /// <param name="stored">What the store holds already.</param>
    /// <param name="skipped">What is left out.</param>
    /// <param name="limit">The most events that one partition may hold.</param>
    public ParkingLot(IEnumerable<ParkedEvent> stored, IEnumerable<SkippedEvent> skipped, int limit, TimeProvider time)
    {
        (_limit, _time, _committed) = (limit, time, [.. stored]);
        _skipped = [.. skipped.Select(one => (one.Position, one.Document))];
        _stored = [.. _committed.Select(one => (one.Partition, one.Position, one.Document))];
        _committed.ForEach(Note);
    }

    /// <summary>
    /// Whether the store holds the event already: for the document or, when it could not be read, for any. An event comes again where
    /// a generation got other partitions: all of them start where the slowest of the old ones was.
    /// </summary>
    public bool Holds(int partition, long position, string? document)
        => _stored.Count > 0 && (_stored.Contains((partition, position, document)) || _stored.Contains((partition, position, null)));

    /// <summary>Whether the event is left out: of a document or, when it could not be read, of all; whoever can read it now.</summary>
    public bool IsSkipped(long position, string? document)
        => _skipped.Count > 0 && (_skipped.Contains((position, document)) || _skipped.Contains((position, null)));

    /// <summary>Whether an event has to wait for its document, or behind its stream.</summary>
    public bool MustWait(string document, int partition, string stream)
        => _counts.Count > 0 && (_documents.Contains(document) || _streams.Contains((partition, stream)));

    /// <summary>Whether what is parked elsewhere would have to wait here: for its document, or behind its stream.</summary>
    public bool MustWait(ParkedEvent one)
        => (one.Document is { } document && _documents.Contains(document)) || _streams.Contains((one.Partition, one.Stream));

    /// <summary>Takes an event as it is.</summary>
    public void Keep(ParkedEvent parked)
    {
        Note(parked);
        _new.Add(parked);
    }

    /// <summary>Parks an event.</summary>
    /// <exception cref="ParkingLotFullException">The partition has its limit.</exception>
    public void Park(ViewPartition partition, string? document, RecordedEvent recorded, ParkedReason reason, string? detail, int attempts)
    {
        var parked = new ParkedEvent(
            partition.View, partition.Number, partition.Index, document, recorded.Position.Value, recorded.Stream, recorded.Revision,
            recorded.Type, reason, detail, attempts, _time.GetUtcNow());
        if (_counts.GetValueOrDefault(partition.Index) >= _limit)
        {
            throw new ParkingLotFullException(partition, _limit, parked);
        }

        Keep(parked);
    }

    /// <summary>Gives up what came in of the events from a position on: they come again.</summary>
    public void Withdraw(long position)
    {
        if (_new.RemoveAll(one => one.Position >= position) == 0)
        {
            return;
        }

        _documents.Clear();
        _streams.Clear();
        _counts.Clear();
        _committed.ForEach(Note);
        _new.ForEach(Note);
    }

    /// <summary>Hands over what came in, for a commit.</summary>
    public IReadOnlyList<ParkedEvent> TakeNew()
    {
        if (_new.Count == 0)
        {
            return [];
        }

        List<ParkedEvent> taken = [.. _new];
        _committed.AddRange(taken);
        _new.Clear();
        return taken;
    }

    private void Note(ParkedEvent parked)
    {
        _counts[parked.Partition] = _counts.GetValueOrDefault(parked.Partition) + 1;
        if (parked.Document is { } document)
        {
            _documents.Add(document);
        }
        else
        {
            _streams.Add((parked.Partition, parked.Stream));
        }
    }
}

/// <summary>So many events can't be applied that the projection must be broken.</summary>
public sealed class ParkingLotFullException(ViewPartition partition, int limit, ParkedEvent last)
    : Exception(string.Create(
        CultureInfo.InvariantCulture,
        $"{limit} events are parked in partition {partition.Index} of '{partition.View}', which is the most that may be. "
        + $"The next one: {last.Type} at position {last.Position} ({last.Stream}): {last.Detail ?? "waits behind another one"}"));
