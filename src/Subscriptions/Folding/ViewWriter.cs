using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions.Operating;

namespace Orderly.Subscriptions;

/// <summary>
/// Writes a follower's commits, one after the other. A commit is a task of its own, so that a follower that is behind folds what comes
/// next meanwhile. Not safe for concurrent use.
/// </summary>
internal sealed partial class ViewWriter<TDocument>(View<TDocument> view, SubscriptionServices services, ILogger logger)
    where TDocument : class
{
    private Task<IReadOnlyList<ViewPartition>?>? _writing;
    private long _events;

    /// <summary>The partitions as the last commit that was waited for left them.</summary>
    public HeldPartitions Held { get; private set; } = null!;

    /// <summary>How many documents the last commit wrote or deleted.</summary>
    public int LastDocuments { get; private set; }

    /// <summary>How long the last commit took.</summary>
    public TimeSpan LastDuration { get; private set; }

    /// <summary>Whether a commit of this run has succeeded.</summary>
    public bool HasCommitted { get; private set; }

    /// <summary>Begins anew. No commit is under way.</summary>
    public void Start(HeldPartitions held) => Held = held;

    /// <summary>Begins a commit. The one before was waited for.</summary>
    /// <param name="commit">From <see cref="Held"/>.</param>
    /// <param name="events">How many events were folded so far, those of earlier commits included.</param>
    /// <param name="beside">Whether it goes on beside the caller, also where the store writes without waiting.</param>
    public void Begin(ViewCommit<TDocument> commit, long events, bool beside, CancellationToken cancellationToken)
    {
        LastDocuments = commit.Upserts.Count + commit.Deletes.Count;
        _writing = WriteAsync(commit, (int)(events - _events), beside, cancellationToken);
        _events = events;
    }

    /// <summary>
    /// Waits for the commit that was begun, if one was. False: it was refused, since somebody else has one of the partitions.
    /// </summary>
    public async ValueTask<bool> FinishAsync()
    {
        if (_writing is not { } writing)
        {
            return true;
        }

        _writing = null;
        if (await writing.ConfigureAwait(false) is not { } committed)
        {
            return false;
        }

        (Held, HasCommitted) = (Held.Only(committed), true);
        return true;
    }

    /// <summary>Ends the run: waits until no commit is under way. How it ended does not matter any more, since the store tells.</summary>
    public async ValueTask StopAsync()
    {
        (_events, HasCommitted) = (0, false);
        if (_writing is { } writing)
        {
            _writing = null;
            await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<ViewPartition>?> WriteAsync(
        ViewCommit<TDocument> commit, int events, bool beside, CancellationToken cancellationToken)
    {
        if (beside)
        {
            await Task.Yield();
        }

        var started = services.Time.GetTimestamp();
        var committed = await services.Views.CommitAsync(view, commit, cancellationToken).ConfigureAwait(false);
        LastDuration = services.Time.GetElapsedTime(started);
        if (committed is not null)
        {
            ProjectionTelemetry.BatchCommitted(view.Name, events, commit.Upserts.Count + commit.Deletes.Count, LastDuration);
            foreach (var parked in commit.Parked.Where(parked => parked.Reason != ParkedReason.Waiting))
            {
                ProjectionTelemetry.Parked(view.Name, ParkedItem.NameOf(parked.Reason));
                LogParked(
                    logger, parked.Type, parked.Position, parked.Stream, parked.Revision, ParkedItem.NameOf(parked.Reason), parked.Detail,
                    parked.Document);
            }
        }

        return committed;
    }

    [LoggerMessage(
        2012,
        LogLevel.Error,
        "Parked: {Type} at position {Position} ({Stream}, revision {Revision}), {Reason}: {Detail} (document {Document})")]
    private static partial void LogParked(
        ILogger logger, string type, long position, string stream, long revision, string reason, string? detail, string? document);
}
