using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>
/// Knows how far each live view is, and lets queries wait until one is far enough. A waiting query is an entry in a
/// queue: it holds no thread and asks no database. Safe for concurrent use; one instance serves a process, which runs
/// <see cref="FollowAsync"/> once.
/// </summary>
public sealed class ViewProgress(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Track> _tracks = new(StringComparer.Ordinal);
    private long _waiters;

    /// <summary>Follows the store until cancelled; faults of the store end it with their exception.</summary>
    public async Task FollowAsync(IViewReader store, CancellationToken cancellationToken)
    {
        await foreach (var generations in store.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var generation in generations.Where(generation => generation.IsLive))
            {
                Advance(generation.View, generation.Position);
            }
        }
    }

    /// <summary>The last known position of a view; 0 when nothing is known of it.</summary>
    public long PositionOf(string view)
    {
        lock (_gate)
        {
            return _tracks.TryGetValue(view, out var track) ? track.Position : 0;
        }
    }

    /// <summary>Waits until the view holds all events up to the position. False when the time was up first.</summary>
    /// <param name="view">The view's name.</param>
    /// <param name="position">The position to wait for.</param>
    /// <param name="timeout">How long at most; zero only looks.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public async Task<bool> WaitAsync(string view, long position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            var track = TrackOf(view);
            if (track.Position >= position)
            {
                return true;
            }

            if (timeout <= TimeSpan.Zero)
            {
                return false;
            }

            waiter = new Waiter(position, ++_waiters);
            track.Waiters.Add(waiter);
        }

        try
        {
            await waiter.Arrived.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_gate)
            {
                TrackOf(view).Waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Notes that a view is at a position, and wakes who waited for it.</summary>
    public void Advance(string view, long position)
    {
        List<Waiter>? arrived = null;
        lock (_gate)
        {
            var track = TrackOf(view);
            track.Position = position;
            while (track.Waiters.Min is { } first && first.Position <= position)
            {
                track.Waiters.Remove(first);
                (arrived ??= []).Add(first);
            }
        }

        foreach (var waiter in arrived ?? [])
        {
            waiter.Arrived.TrySetResult();
        }
    }

    private Track TrackOf(string view)
    {
        if (!_tracks.TryGetValue(view, out var track))
        {
            _tracks.Add(view, track = new Track());
        }

        return track;
    }

    private sealed class Track
    {
        public long Position { get; set; }

        public SortedSet<Waiter> Waiters { get; } = [];
    }

    /// <param name="number">Tells apart those that wait for the same position.</param>
    private sealed class Waiter(long position, long number) : IComparable<Waiter>
    {
        public long Position { get; } = position;

        private long Number { get; } = number;

        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int CompareTo(Waiter? other)
            => other is null ? 1 : (Position, Number).CompareTo((other.Position, other.Number));
    }
}
