using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Compares what partitions remember of the log with the log that is there. For one look: what it has read of the log it does not read
/// again.
/// </summary>
internal sealed class LogCheck(IEventStore log)
{
    private readonly Dictionary<(long Position, Guid Id), bool> _held = [];
    private string? _identity;
    private LogPosition? _head;

    /// <summary>Throws unless the partitions are of the log.</summary>
    /// <returns>The log's identity.</returns>
    /// <exception cref="OtherLogException">They are not.</exception>
    public static async Task<string> EnsureAsync(
        IEventStore log, IReadOnlyCollection<ViewPartition> partitions, CancellationToken cancellationToken)
    {
        var check = new LogCheck(log);
        return await check.FindFaultAsync(partitions, cancellationToken).ConfigureAwait(false) is { } fault
            ? throw new OtherLogException(fault)
            : await check.ReadIdentityAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Why partitions of one view are not of the log, and what to do about it, in one line; null: they are.</summary>
    public async Task<string?> FindFaultAsync(IReadOnlyCollection<ViewPartition> partitions, CancellationToken cancellationToken)
    {
        foreach (var partition in partitions)
        {
            if (await FindReasonAsync(partition, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                return $"The view '{partition.View}' is of another log than the one that is there: {reason} Nothing is written to it. "
                    + "Put the right log in place, or let 'worker replay --ahead' build such views anew from this one.";
            }
        }

        return null;
    }

    private async Task<string?> FindReasonAsync(ViewPartition partition, CancellationToken cancellationToken)
    {
        // First whose it is: of another log, the position and the event mean nothing.
        var mark = partition.Mark;
        if (mark is not null && mark.Log != await ReadIdentityAsync(cancellationToken).ConfigureAwait(false))
        {
            return $"it was built from the log {mark.Log}, and this is {_identity}.";
        }

        _head ??= await log.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if (_head.Value.Value < partition.Position)
        {
            return $"it is at position {new LogPosition(partition.Position)}, and the log ends at {_head}.";
        }

        return mark is { EventId: { } id } && !await HoldsAsync(mark.Position, id, cancellationToken).ConfigureAwait(false)
            ? $"at position {new LogPosition(mark.Position)} it has read another event than is there."
            : null;
    }

    private async Task<string> ReadIdentityAsync(CancellationToken cancellationToken)
        => _identity ??= await log.ReadIdentityAsync(cancellationToken).ConfigureAwait(false);

    private async Task<bool> HoldsAsync(long position, Guid id, CancellationToken cancellationToken)
    {
        if (!_held.TryGetValue((position, id), out var holds))
        {
            holds = await log.HoldsAsync(new LogPosition(position), id, cancellationToken).ConfigureAwait(false);
            _held.Add((position, id), holds);
        }

        return holds;
    }
}

/// <summary>A view is of another log than the one that is there: its message says what to do. To try again would not help.</summary>
public sealed class OtherLogException(string message) : InvalidOperationException(message);
