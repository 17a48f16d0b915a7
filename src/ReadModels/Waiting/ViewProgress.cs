using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>
/// Knows how far each live view is, and lets queries wait until one is far enough. A waiting query is an entry in a
/// queue: it holds no thread and asks no database. Safe for concurrent use; one instance serves a process, which runs
/// <see cref="FollowAsync"/> once.
/// </summary>
/// <param name="stopping">
/// Tells that the program stops: every wait then ends with <see cref="OperationCanceledException"/>, a later one at once.
/// </param>
public sealed class ViewProgress(TimeProvider time, CancellationToken stopping = default)
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
            return _tracks.GetValueOrDefault(view)?.Position ?? 0;
        }
    }

    /// <summary>Waits until the view holds all events up to the position. False when the time was up first.</summary>
    /// <param name="timeout">How long at most; zero only looks.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public async Task<bool> WaitAsync(string view, long position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (long, long) place;
        TaskCompletionSource arrived;
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

            place = (position, ++_waiters);
            arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            track.Waiters.Add(place, arrived);
        }

        try
        {
            return await UntilAsync(arrived.Task, timeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                TrackOf(view).Waiters.Remove(place);
            }
        }
    }

    /// <summary>Notes that a view is at a position, and wakes who waited for it.</summary>
    public void Advance(string view, long position)
    {
        lock (_gate)
        {
            var track = TrackOf(view);
            track.Position = position;
            while (track.Waiters.FirstOrDefault() is { Value: { } arrived, Key: var place } && place.Position <= position)
            {
                track.Waiters.Remove(place);
                arrived.TrySetResult();
            }
        }
    }

    /// <summary>Every wait of a query: until it has arrived, the time is up (false), the caller cancels or the program stops.</summary>
    internal async Task<bool> UntilAsync(Task arrived, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        try
        {
            await arrived.WaitAsync(timeout, time, ends.Token).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
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

        /// <summary>The number tells apart those that wait for the same position. What follows them runs outside of the lock.</summary>
        public SortedDictionary<(long Position, long Number), TaskCompletionSource> Waiters { get; } = [];
    }
}
