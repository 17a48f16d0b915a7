using System.Runtime.CompilerServices;
using Orderly.Domain.EventStore;

namespace Orderly.Worker.Commands;

/// <summary>Which events of the log an operator wants. What is damaged is among them: nobody can tell what it was.</summary>
/// <param name="Prefixes">Beginnings of the stream's name, any of which fits; empty: all streams.</param>
/// <param name="Types">Whole names of types, any of which fits; empty: all types.</param>
public sealed record EventSelection(IReadOnlyList<string> Prefixes, IReadOnlyList<string> Types)
{
    /// <summary>For the store, which can't look at both.</summary>
    public EventFilter Filter { get; } = Prefixes.Count > 0 ? EventFilter.ByStreamPrefix(Prefixes)
        : Types.Count > 0 ? EventFilter.ByEventType(Types)
        : EventFilter.Everything;

    /// <summary>What the filter lets through has still to be of a type.</summary>
    public bool Passes(RecordedEvent recorded)
        => recorded.Damage is not null || Types.Count == 0 || Types.Contains(recorded.Type, StringComparer.Ordinal);
}

/// <summary>Reads pieces of the log in its order, holding no more of it than the store does.</summary>
public static class LogReading
{
    /// <summary>The last events and, where it follows, those to come, without end.</summary>
    public static async IAsyncEnumerable<RecordedEvent> LastAsync(
        IEventStore log, EventSelection selection, long count, bool follows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = await log.ReadHeadAsync(cancellationToken);
        RecordedEvent? first = null;
        if (count > 0)
        {
            // Backwards to the first of them, and forwards again: what lies between is not kept meanwhile.
            await foreach (var recorded in log.ReadAllBackwardsAsync(after, selection.Filter, long.MaxValue, cancellationToken))
            {
                if (selection.Passes(recorded))
                {
                    (first, after) = (recorded, recorded.Position);
                    if (--count == 0)
                    {
                        break;
                    }
                }
            }
        }

        await foreach (var recorded in FromAsync(log, first, after, selection, follows, cancellationToken))
        {
            yield return recorded;
        }
    }

    /// <summary>The events from a position on (inclusive) to the log's end or, where it follows, without end.</summary>
    /// <exception cref="CommandFailedException">There is no event at the position.</exception>
    public static async IAsyncEnumerable<RecordedEvent> FromAsync(
        IEventStore log, LogPosition from, EventSelection selection, bool follows,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = from == LogPosition.Start ? null : await FindAsync(log, from, cancellationToken);
        var isWanted = first is not null && selection.Passes(first)
            && (first.Damage is not null || selection.Filter.Passes(first.Stream, first.Type));
        await foreach (var recorded in FromAsync(log, isWanted ? first : null, from, selection, follows, cancellationToken))
        {
            yield return recorded;
        }
    }

    /// <summary>The event at a position.</summary>
    /// <exception cref="CommandFailedException">There is none.</exception>
    public static async Task<RecordedEvent> FindAsync(IEventStore log, LogPosition position, CancellationToken cancellationToken)
    {
        await foreach (var recorded in log.ReadAllBackwardsAsync(position, EventFilter.Everything, 1, cancellationToken))
        {
            if (recorded.Position == position)
            {
                return recorded;
            }
        }

        var head = await log.ReadHeadAsync(cancellationToken);
        throw new CommandFailedException(ExitCode.Failed, $"There is no event at position {position}. The log ends at {head}.");
    }

    /// <summary>The events of a stream in its order.</summary>
    /// <exception cref="CommandFailedException">There is no such stream, or it ends before the revision.</exception>
    public static async IAsyncEnumerable<RecordedEvent> StreamAsync(
        IEventStore log, string stream, long fromRevision, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // No other name can be a stream's.
        var last = stream.Length is 0 or > IEventStore.MaxStreamNameLength || stream[0] == '$'
            ? null
            : await log.ReadStreamAsync(stream, ReadDirection.Backwards, long.MaxValue, 1, cancellationToken)
                .FirstOrDefaultAsync(cancellationToken);
        if (last is null)
        {
            throw new CommandFailedException(ExitCode.Failed, $"There is no stream '{stream}', or nothing is left of it.");
        }

        if (fromRevision > last.Revision)
        {
            throw new CommandFailedException(
                ExitCode.Failed, FormattableString.Invariant($"'{stream}' has no revision {fromRevision}: it ends at {last.Revision}."));
        }

        await foreach (var recorded in log.ReadStreamAsync(stream, ReadDirection.Forwards, fromRevision, limit, cancellationToken))
        {
            yield return recorded;
        }
    }

    private static async IAsyncEnumerable<RecordedEvent> FromAsync(
        IEventStore log, RecordedEvent? first, LogPosition after, EventSelection selection, bool follows,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (first is not null)
        {
            yield return first;
        }

        var rest = follows
            ? log.SubscribeAsync(after, selection.Filter, cancellationToken).Where(message => message.Event is not null)
                .Select(message => message.Event!)
            : log.ReadAllAsync(after, selection.Filter, long.MaxValue, cancellationToken);
        await foreach (var recorded in rest.Where(selection.Passes))
        {
            yield return recorded;
        }
    }
}
