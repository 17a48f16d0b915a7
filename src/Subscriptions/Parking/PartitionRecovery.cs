using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Folds what is parked in one partition, in the order of the log, as when it came first: into a parking lot that is empty at the start.
/// What still can't be applied is parked there again, and what follows waits behind it. What is not to be tried stays as it is.
/// </summary>
/// <param name="late">The documents that went on without an event of theirs.</param>
/// <remarks>For one run.</remarks>
internal sealed class PartitionRecovery<TDocument>(
    IProjection<TDocument> projection,
    View<TDocument> view,
    SubscriptionServices services,
    Reactor<TDocument>? reactor,
    IReadOnlyDictionary<string, LateDocument<TDocument>> late) : IProjection<TDocument>
    where TDocument : class
{
    private readonly DocumentMemory<TDocument> _memory = new(int.MaxValue);
    private readonly Dictionary<string, StoredDocument<TDocument>?> _changes = new(StringComparer.Ordinal);
    private List<ParkedEvent> _open = [];
    private List<ParkedEvent> _kept = [];

    public View<TDocument> View => view;

    public EventFilter Filter => projection.Filter;

    /// <summary>Of an event that is parked for some documents, those; of one that could not be read, all but the ones that wait.</summary>
    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope)
    {
        var isNameless = _open.Exists(one => one.Document is null);
        List<string> ids = [.. projection.DocumentIdsOf(envelope).Where(
            id => !_kept.Exists(one => one.Document == id) && (isNameless || _open.Exists(one => one.Document == id)))];

        // Nobody could tell later that other events came for it meanwhile, so it is as if the event could not be read.
        return ids.Find(IsLost) is { } lost ? throw late[lost].Fault! : ids;
    }

    public TDocument? Project(string id, TDocument? document, EventEnvelope envelope)
        => !late.TryGetValue(id, out var anew) || envelope.Recorded.Position.Value > anew.Through
            ? projection.Project(id, document, envelope)
            : anew.Fault is null ? anew.Value : throw anew.Fault;

    public async Task<(IEnumerable<StoredDocument<TDocument>> Upserts, IEnumerable<string> Deletes)> RunAsync(
        RecoveredPartition recovered, CancellationToken cancellationToken)
    {
        var (held, index, parked, tried, lot) = recovered;
        var partition = held.Only([held[index] with { Position = 0 }]);
        var batch = new ProjectionBatch<TDocument>(this, _memory, 1, reactor is null ? null : reactor.ReactsTo);
        foreach (var same in parked.GroupBy(one => one.Position))
        {
            _open = [.. same.Where(one => (one.Reason == ParkedReason.Waiting || tried.Contains(one)) && !lot.MustWait(one)
                && (one.Document is null || !IsLost(one.Document)))];
            _kept = [.. same.Except(_open)];
            if (_open.Count > 0 && await services.ReadAsync(_open[0], cancellationToken).ConfigureAwait(false) is { } recorded)
            {
                var item = new LogItem(SubscriptionMessage.Of(recorded), isCaughtUp: false);
                item.Decode(services.Types);
                batch.Start([item], partition);
                await LoadAsync(batch.Missing, held[index].Number, cancellationToken).ConfigureAwait(false);
                await FoldAsync(batch, lot, same.Key, cancellationToken).ConfigureAwait(false);
            }

            _kept.ForEach(lot.Keep);
        }

        return (_changes.Values.OfType<StoredDocument<TDocument>>(), _changes.Where(one => one.Value is null).Select(one => one.Key));
    }

    /// <summary>Whether there is no document, and none can be folded.</summary>
    private bool IsLost(string id) => late.TryGetValue(id, out var one) && one is { Fault: not null, IsStored: false };

    private async Task LoadAsync(IReadOnlyList<string> missing, int generation, CancellationToken cancellationToken)
    {
        if (missing.Count == 0)
        {
            return;
        }

        foreach (var stored in await services.Views.LoadAsync(view, generation, missing, cancellationToken).ConfigureAwait(false))
        {
            // A document that went on without the event takes it all the same.
            _memory.Loaded(late.ContainsKey(stored.Id) ? stored with { Position = 0 } : stored);
        }
    }

    private async Task FoldAsync(ProjectionBatch<TDocument> batch, ParkingLot lot, long position, CancellationToken cancellationToken)
    {
        batch.Fold(lot, parks: true);
        if (reactor is not null
            && await reactor.RunAsync(batch.Reactions, cancellationToken).ConfigureAwait(false) is { Count: > 0 } failed)
        {
            _memory.Undo();
            lot.Withdraw(position);
            batch.Fold(lot, parks: true, failed: failed);
        }

        var (upserts, deletes) = _memory.TakeChanges();
        foreach (var document in upserts)
        {
            var reached = late.GetValueOrDefault(document.Id)?.Position ?? 0;
            _changes[document.Id] = document with { Position = Math.Max(document.Position, reached) };
        }

        foreach (var id in deletes)
        {
            _changes[id] = null;
        }
    }
}
