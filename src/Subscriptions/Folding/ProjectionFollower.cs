using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>How a follower went on.</summary>
/// <param name="Partitions">What it holds, as its last commit left it.</param>
/// <param name="Events">How many events it has read since it started.</param>
/// <param name="IsCaughtUp">Whether it is at the end of the log.</param>
internal readonly record struct FollowerProgress(HeldPartitions Partitions, long Events, bool IsCaughtUp);

/// <summary>
/// Folds the log into partitions of one generation of a view, and for a process acts on it. It takes a part of the log, loads the
/// documents that are not in memory, folds, and commits documents, parked events and positions together. Behind the end of the log a
/// commit holds many parts, so that a document is written once and not with each of its events, and what follows is folded meanwhile.
/// </summary>
/// <remarks>For one call at a time.</remarks>
internal sealed partial class ProjectionFollower<TDocument>
    where TDocument : class
{
    private readonly IProjection<TDocument> _projection;
    private readonly View<TDocument> _view;
    private readonly SharedLog _log;
    private readonly SubscriptionServices _services;
    private readonly RetryPolicy _retries;
    private readonly ILogger _logger;
    private readonly DocumentMemory<TDocument> _memory;
    private readonly ProjectionBatch<TDocument> _batch;
    private readonly ViewWriter<TDocument> _writer;
    private readonly ParkedRecovery<TDocument> _recovery;
    private readonly IProcess<TDocument>? _process;
    private readonly Reactor<TDocument>? _reactor;
    private readonly Deadlines<TDocument>? _deadlines;
    private Func<FollowerProgress, ValueTask> _onProgress = null!;
    private ParkingLot _lot = null!;
    private string _logIdentity = "";
    private PassedEvent? _passed;
    private long _position;
    private long _events;

    /// <param name="view">Where the documents go: the projection's view, or one with the same documents under another name.</param>
    /// <param name="process">The projection again when it is a process, and is to act; null otherwise.</param>
    public ProjectionFollower(
        IProjection<TDocument> projection, View<TDocument> view, SharedLog log, SubscriptionServices services,
        IProcess<TDocument>? process = null)
    {
        (_projection, _view, _log, _services, _process) = (projection, view, log, services, process);
        _retries = new RetryPolicy(services.Options);
        _logger = services.Loggers.CreateLogger($"Orderly.Projections.{view.Name}");
        _memory = new DocumentMemory<TDocument>(services.Options.CachedDocuments);
        _batch = new ProjectionBatch<TDocument>(projection, _memory, _retries.MaxAttempts, process is null ? null : process.ReactsTo);
        _reactor = process is null ? null : new Reactor<TDocument>(process);
        _deadlines = process is ITimedProcess<TDocument> timed ? new Deadlines<TDocument>(timed, services, _logger) : null;
        _recovery = new ParkedRecovery<TDocument>(projection, view, services, _reactor);
        _writer = new ViewWriter<TDocument>(view, services, _logger);
    }

    /// <summary>Goes on from where the partitions are. First it does what operators have asked for about parked events.</summary>
    /// <param name="held">As they are stored.</param>
    /// <param name="until">The position to stop at, which the partitions then have; null: follow the log without end.</param>
    /// <param name="onProgress">
    /// Called when it has done what was asked for, after commits, and whenever the end of the log is reached.
    /// </param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>, when no commit is under way any more.</param>
    /// <returns>What is held where it stopped; null when somebody else has taken one of the partitions or the generation is gone.</returns>
    /// <exception cref="ParkingLotFullException">Too much is parked; all before it is committed.</exception>
    /// <exception cref="OtherLogException">The partitions' positions are not of this log. Nothing is written.</exception>
    public async Task<HeldPartitions?> FollowAsync(
        HeldPartitions held, long? until, Func<FollowerProgress, ValueTask> onProgress, CancellationToken cancellationToken)
    {
        _logIdentity = await LogCheck.EnsureAsync(_services.Log, held.All, cancellationToken).ConfigureAwait(false);
        _passed = null;
        if (!await PrepareAsync(held, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        if (_writer.Held.Position >= until)
        {
            return _writer.Held;
        }

        (_position, _events, _onProgress) = (_writer.Held.Position, 0, onProgress);
        await onProgress(new FollowerProgress(_writer.Held, 0, false)).ConfigureAwait(false);
        var cursor = _log.Read(new LogPosition(_position), _projection.Filter);
        await using var stopReading = cursor.ConfigureAwait(false);
        try
        {
            return await FollowAsync(new LogIntake(cursor, _services.Options, _services.Time), until, cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            await _writer.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Brings each partition to an end of its own, and stops there.</summary>
    /// <param name="endOf">The end by the partition's index.</param>
    /// <inheritdoc cref="FollowAsync(HeldPartitions, long?, Func{FollowerProgress, ValueTask}, CancellationToken)"/>
    public async Task<HeldPartitions?> AdvanceAsync(
        HeldPartitions held, Func<int, long> endOf, Func<FollowerProgress, ValueTask> onProgress, CancellationToken cancellationToken)
    {
        // All together as far as that goes, which is most of the way. Then those that have to go further.
        foreach (var end in held.All.Select(one => endOf(one.Index)).Distinct().Order())
        {
            var behind = held.All.Where(one => endOf(one.Index) >= end && one.Position < end).ToList();
            if (behind.Count == 0)
            {
                continue;
            }

            if (await FollowAsync(held.Only(behind), end, onProgress, cancellationToken).ConfigureAwait(false) is not { } moved)
            {
                return null;
            }

            held = held.After(moved);
        }

        return held;
    }

    private async Task<HeldPartitions?> FollowAsync(LogIntake intake, long? until, CancellationToken cancellationToken)
    {
        _deadlines?.Start();
        while (true)
        {
            var part = await intake.TakeAsync(_deadlines is null ? null : _deadlines.NextPause, cancellationToken).ConfigureAwait(false);
            var isDone = CutOff(part, until);
            if (_deadlines is not null && part.FindLast(item => item.Event is not null)?.Event is { } newest)
            {
                _deadlines.Heard(newest.RecordedAt);
            }

            if (!await FoldAsync(part, intake.IsCaughtUp && until is null, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            if (isDone || intake.IsCommitDue)
            {
                _position = isDone ? until!.Value : _position;
                if (!await CommitAsync(!isDone && !intake.IsCaughtUp, isFaulted: false, cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                intake.Committed(_writer.LastDuration);
            }

            if (isDone)
            {
                return _writer.Held;
            }

            if (intake.IsCaughtUp)
            {
                await _onProgress(new FollowerProgress(_writer.Held, _events, true)).ConfigureAwait(false);
                await (_deadlines?.MeetAsync(_writer.Held, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Leaves out what comes after the position to stop at. Whether the log was read up to there.</summary>
    private static bool CutOff(List<LogItem> part, long? until)
    {
        if (until is not { } end || part.Count == 0 || part[^1].Position < end)
        {
            return false;
        }

        part.RemoveAll(item => item.Position > end);
        return true;
    }

    /// <summary>
    /// Learns what is parked, and settles what can be applied now. False: one of the partitions is somebody else's by now.
    /// </summary>
    private async Task<bool> PrepareAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        // What is settled is written past the memory.
        _memory.Clear();

        // What is parked first: who sees that an event was asked for because it is to be left out must see that decision too.
        var parked = await ReadParkedAsync(held, cancellationToken).ConfigureAwait(false);
        var skipped = await ReadSkippedAsync(cancellationToken).ConfigureAwait(false);
        if (await _recovery.RunAsync(held, parked, skipped, cancellationToken).ConfigureAwait(false) is { } commit)
        {
            if (await _services.Views.CommitAsync(_view, commit, cancellationToken).ConfigureAwait(false) is not { } committed)
            {
                return false;
            }

            held = held.Only(committed);
            parked = await ReadParkedAsync(held, cancellationToken).ConfigureAwait(false);
        }

        _lot = new ParkingLot(parked, skipped, _services.Options.MaxParkedEvents, _services.Time);
        _writer.Start(held);
        return true;
    }

    /// <summary>What is left out of the view: under the projection's own name, also where the documents go elsewhere.</summary>
    private Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(CancellationToken cancellationToken)
        => _services.Views.ReadSkippedAsync(_projection.View.Name, cancellationToken);

    private async Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(HeldPartitions held, CancellationToken cancellationToken)
    {
        var parked = await _services.Views.ReadParkedAsync(_view.Name, held.All[0].Number, cancellationToken).ConfigureAwait(false);
        var indexes = held.All.Select(partition => partition.Index).ToHashSet();
        return [.. parked.Where(one => indexes.Contains(one.Partition))];
    }
}
