using System.Diagnostics;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>
/// Lets queries wait until a document is as they want it. A waiting query is an entry in a list: it holds no thread, and one question to
/// the store serves all that have come since the last one, or when the view has moved, all whose documents have changed since. Safe for
/// concurrent use; one instance serves a process.
/// </summary>
public sealed class DocumentWaits<TDocument>(View<TDocument> view, IViewReader store, ViewProgress progress)
    where TDocument : class
{
    private const int MostIds = 500;

    /// <summary>
    /// How long the view may stand still before it is seen whether anybody still waits. And how often all documents are looked at while it
    /// moves: one can change without an event that is new, when another generation takes over or a parked event is tried again.
    /// </summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<Waiter> _waiters = [];
    private TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isRunning;

    /// <summary>Waits until the document is there and fits. False when the time was up first.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>, as does the end of the program.</param>
    /// <exception cref="ViewStoreUnavailableException">The store can't be reached.</exception>
    public async Task<bool> WaitAsync(string id, Func<TDocument, bool> fits, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return false;
        }

        var waiter = new Waiter(id, fits);
        bool isFirst;
        lock (_gate)
        {
            _waiters.Add(waiter);
            _joined.TrySetResult();
            (isFirst, _isRunning) = (!_isRunning, true);
        }

        if (isFirst)
        {
            _ = ServeAsync();
        }

        try
        {
            return await progress.UntilAsync(waiter.Arrived.Task, timeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Looks for those that have come, and for all when the view has moved, as long as anybody waits.</summary>
    private async Task ServeAsync()
    {
        var lookedAtAll = Stopwatch.GetTimestamp();
        for (var seen = -1L; ;)
        {
            // First the position: what is committed after the look moves the view on from there.
            var position = progress.PositionOf(view.Name);
            Task joined;
            List<Waiter> waiting;
            lock (_gate)
            {
                if (_waiters.Count == 0)
                {
                    _isRunning = false;
                    return;
                }

                _joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                joined = _joined.Task;
                waiting = [.. _waiters.Where(waiter => position != seen || waiter.LookedAt is null)];
            }

            if (Stopwatch.GetElapsedTime(lookedAtAll) >= s_look)
            {
                lookedAtAll = Stopwatch.GetTimestamp();
                waiting.ForEach(waiter => waiter.LookedAt = null);
            }

            seen = position;
            foreach (var ofOne in waiting.GroupBy(waiter => waiter.LookedAt).ToList())
            {
                foreach (var some in ofOne.GroupBy(waiter => waiter.Id, StringComparer.Ordinal).Chunk(MostIds))
                {
                    await LookAsync(some, ofOne.Key).ConfigureAwait(false);
                }
            }

            using var stop = new CancellationTokenSource();
            var moved = progress.WaitAsync(view.Name, position + 1, s_look, stop.Token);
            await Task.WhenAny(moved, joined).ConfigureAwait(false);
            if (moved.IsCanceled)
            {
                // The program stops: all waits end by themselves, those that still come too.
                return;
            }

            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task LookAsync(IReadOnlyCollection<IGrouping<string, Waiter>> waiting, long? after)
    {
        try
        {
            var found = await store.FindAsync(view, [.. waiting.Select(one => one.Key)], after, CancellationToken.None)
                .ConfigureAwait(false);
            var documents = found.Documents.ToDictionary(document => document.Id, document => document.Value, StringComparer.Ordinal);
            foreach (var waiter in waiting.SelectMany(one => one).Where(
                one => documents.TryGetValue(one.Id, out var document) && one.Fits(document)))
            {
                waiter.Arrived.TrySetResult();
            }

            foreach (var waiter in waiting.SelectMany(one => one))
            {
                waiter.LookedAt = found.Position;
            }
        }
        catch (Exception e)
        {
            foreach (var waiter in waiting.SelectMany(one => one))
            {
                waiter.Arrived.TrySetException(e);
            }
        }
    }

    private sealed class Waiter(string id, Func<TDocument, bool> fits)
    {
        public string Id => id;

        public Func<TDocument, bool> Fits => fits;

        /// <summary>
        /// How far the view was when its document was looked at: what changes it is behind that. Null: it is to be looked at in any case.
        /// </summary>
        public long? LookedAt { get; set; }

        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
