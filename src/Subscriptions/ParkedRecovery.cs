using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Tries parked events once more: those that an operator has asked for or decided to leave out, whenever that was, and those of a type that
/// this program knows and the one that parked them did not. What they held up follows them, in the order of the log.
/// </summary>
internal sealed class ParkedRecovery<TDocument>(IProjection<TDocument> projection, View<TDocument> view, SubscriptionServices services)
    where TDocument : class
{
    /// <summary>Works out what changes. Null: there is nothing to try.</summary>
    /// <param name="held">The partitions; nobody folds into them meanwhile.</param>
    /// <param name="parked">All that is parked in them.</param>
    /// <param name="skipped">What is left out of the view.</param>
    public async Task<ViewCommit<TDocument>?> RunAsync(
        HeldPartitions held, IReadOnlyList<ParkedEvent> parked, IReadOnlyList<SkippedEvent> skipped, CancellationToken cancellationToken)
    {
        var leftOut = skipped.Select(one => (one.Position, one.Document)).ToHashSet();
        var run = new Run(
            parked.Where(one => one.Reason != ParkedReason.Waiting && (one.IsAsked || IsKnownNow(one) || leftOut.Contains((one.Position, one.Document)))).ToHashSet(),
            leftOut);
        if (run.Tried.Count == 0)
        {
            return null;
        }

        foreach (var partition in run.Tried.Select(one => one.Partition).Distinct().Order())
        {
            await RecoverAsync(held, [.. parked.Where(one => one.Partition == partition)], partition, run, cancellationToken).ConfigureAwait(false);
        }

        // What was asked for is answered, also where it did not come to a try: something before it is parked still.
        run.Parked.AddRange(run.Tried.Except(run.Released).Where(one => !run.Parked.Exists(again => IsSame(again, one))));
        return new ViewCommit<TDocument>(held.All, held.Position, run.Upserts, run.Deletes) { Parked = run.Parked, Released = run.Released };
    }

    private static bool IsSame(ParkedEvent one, ParkedEvent other)
        => (one.Partition, one.Document, one.Position) == (other.Partition, other.Document, other.Position);

    private bool IsKnownNow(ParkedEvent parked)
        => parked.Reason is ParkedReason.UnknownType or ParkedReason.TooNew && services.Types.Names.Contains(parked.Type, StringComparer.Ordinal);

    private async Task RecoverAsync(HeldPartitions held, List<ParkedEvent> parked, int partition, Run run, CancellationToken cancellationToken)
    {
        // First those whose documents were not known: what becomes of them decides what the documents wait for.
        List<ParkedEvent> blocking = [];
        Dictionary<string, List<RecordedEvent>> found = new(StringComparer.Ordinal);
        foreach (var nameless in parked.Where(one => one.Document is null))
        {
            if (!run.Tried.Contains(nameless))
            {
                blocking.Add(nameless);
            }
            else if (run.IsSkipped(nameless.Position, null) || await ReadAsync(nameless, cancellationToken).ConfigureAwait(false) is not { } recorded)
            {
                run.Released.Add(nameless);
            }
            else if (TryName(recorded, nameless, out var ids, out var again))
            {
                run.Released.Add(nameless);
                foreach (var id in ids.Where(id => held.IndexOf(id) == partition).Distinct(StringComparer.Ordinal))
                {
                    (found.TryGetValue(id, out var events) ? events : found[id] = []).Add(recorded);
                }
            }
            else
            {
                run.Parked.Add(again);
                blocking.Add(again);
            }
        }

        var byDocument = parked.Where(one => one.Document is not null).ToLookup(one => one.Document!, StringComparer.Ordinal);
        foreach (var id in byDocument.Select(one => one.Key).Union(found.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var document = new Document(id, partition, [.. byDocument[id]], found.GetValueOrDefault(id, []));
            await RecoverAsync(held, document, blocking, run, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Applies to one document, in order, what can be applied: up to the first event that has to stay parked.</summary>
    private async Task RecoverAsync(HeldPartitions held, Document document, List<ParkedEvent> blocking, Run run, CancellationToken cancellationToken)
    {
        var id = document.Id;
        var work = document.Parked.Select(one => (one.Position, Parked: (ParkedEvent?)one, Event: (RecordedEvent?)null))
            .Concat(document.Found.Select(one => (Position: one.Position.Value, Parked: (ParkedEvent?)null, Event: (RecordedEvent?)one)))
            .OrderBy(one => one.Position).ToList();
        if (MustStay(work[0].Parked, work[0].Event))
        {
            return;
        }

        var stored = (await services.Views.LoadAsync(view, held.All[0].Number, [id], cancellationToken).ConfigureAwait(false)).SingleOrDefault();
        var state = new State(stored?.Value, stored?.Position ?? 0);
        if (document.Found.Find(one => one.Position.Value < state.Position) is { } late)
        {
            // Events of other streams were applied to it, since nobody knew that this one belongs to it too.
            try
            {
                state = await FoldFromStartAsync(id, state.Position, run, cancellationToken).ConfigureAwait(false);
            }
            catch (UnappliableEventException e)
            {
                run.Parked.Add(Again(null, held[document.Partition], id, late, ParkedReason.Threw, e.Message));
                return;
            }

            work.RemoveAll(one => one.Parked is null && one.Position <= state.Position);
        }

        foreach (var (position, parked, known) in work)
        {
            if (MustStay(parked, known))
            {
                break;
            }

            var recorded = known ?? await ReadAsync(parked!, cancellationToken).ConfigureAwait(false);
            if (recorded is not null && !run.IsSkipped(position, id))
            {
                var (applied, reason, detail) = Apply(id, state, recorded);
                if (applied is null)
                {
                    run.Parked.Add(Again(parked, held[document.Partition], id, recorded, reason, detail!));
                    break;
                }

                state = applied;
            }

            if (parked is not null)
            {
                run.Released.Add(parked);
            }
        }

        if (state.Position != (stored?.Position ?? 0) || !ReferenceEquals(state.Value, stored?.Value))
        {
            if (state.Value is { } value)
            {
                run.Upserts.Add(new StoredDocument<TDocument>(id, state.Position, value));
            }
            else if (stored is not null)
            {
                run.Deletes.Add(id);
            }
        }

        bool MustStay(ParkedEvent? parked, RecordedEvent? known)
            => (parked is { Reason: not ParkedReason.Waiting } && !run.Tried.Contains(parked))
                || blocking.Exists(one => one.Position < (parked?.Position ?? known!.Position.Value) && one.Stream == (parked?.Stream ?? known!.Stream));
    }

    /// <summary>The document as it is with every event up to a position.</summary>
    private async Task<State> FoldFromStartAsync(string id, long position, Run run, CancellationToken cancellationToken)
    {
        var state = new State(null, 0);
        await foreach (var recorded in services.Log.ReadAllAsync(LogPosition.Start, projection.Filter, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            if (recorded.Position.Value > position)
            {
                break;
            }

            if (services.Types.Decode(recorded) is DecodedEvent.Known known
                && new EventEnvelope(recorded, known.Event) is var envelope
                && projection.DocumentIdsOf(envelope).Contains(id, StringComparer.Ordinal)
                && !run.IsSkipped(recorded.Position.Value, id))
            {
                try
                {
                    state = new State(projection.Project(id, state.Value, envelope), recorded.Position.Value);
                }
                catch (Exception e)
                {
                    throw new UnappliableEventException(recorded, e);
                }
            }
        }

        return state;
    }

    private (State? Applied, ParkedReason Reason, string? Detail) Apply(string id, State state, RecordedEvent recorded)
    {
        var decoded = services.Types.Decode(recorded);
        if (decoded is not DecodedEvent.Known known)
        {
            return (null, ProjectionBatch<TDocument>.ReasonOf(decoded), decoded.Describe());
        }

        try
        {
            return (new State(projection.Project(id, state.Value, new EventEnvelope(recorded, known.Event)), recorded.Position.Value), default, null);
        }
        catch (Exception e)
        {
            return (null, ParkedReason.Threw, UnappliableEventException.Describe(e));
        }
    }

    private bool TryName(RecordedEvent recorded, ParkedEvent parked, out IReadOnlyList<string> ids, out ParkedEvent again)
    {
        (ids, again) = ([], parked);
        var decoded = services.Types.Decode(recorded);
        if (decoded is not DecodedEvent.Known known)
        {
            again = Again(parked, ProjectionBatch<TDocument>.ReasonOf(decoded), decoded.Describe());
            return false;
        }

        try
        {
            ids = projection.DocumentIdsOf(new EventEnvelope(recorded, known.Event));
            return true;
        }
        catch (Exception e)
        {
            again = Again(parked, ParkedReason.Threw, UnappliableEventException.Describe(e));
            return false;
        }
    }

    private static ParkedEvent Again(ParkedEvent parked, ParkedReason reason, string detail)
        => parked with { Reason = reason, Detail = detail, Attempts = parked.Attempts + 1, IsAsked = false };

    private ParkedEvent Again(ParkedEvent? parked, ViewPartition partition, string id, RecordedEvent recorded, ParkedReason reason, string detail)
        => Again(
            parked ?? new ParkedEvent(
                partition.View, partition.Number, partition.Index, id, recorded.Position.Value, recorded.Stream, recorded.Revision, recorded.Type, reason, detail, 0, services.Time.GetUtcNow()),
            reason,
            detail);

    /// <summary>The event; null when it is not in the log any more.</summary>
    private async Task<RecordedEvent?> ReadAsync(ParkedEvent parked, CancellationToken cancellationToken)
    {
        await foreach (var recorded in services.Log.ReadStreamAsync(parked.Stream, ReadDirection.Forwards, parked.Revision, 1, cancellationToken).ConfigureAwait(false))
        {
            return recorded.Position.Value == parked.Position ? recorded : null;
        }

        return null;
    }

    /// <summary>A document and how far it is.</summary>
    private sealed record State(TDocument? Value, long Position);

    /// <summary>A document, what is parked of it, and what turned out to be its own.</summary>
    private sealed record Document(string Id, int Partition, IReadOnlyList<ParkedEvent> Parked, List<RecordedEvent> Found);

    private sealed record Run(HashSet<ParkedEvent> Tried, HashSet<(long Position, string? Document)> Skipped)
    {
        public List<StoredDocument<TDocument>> Upserts { get; } = [];

        public List<string> Deletes { get; } = [];

        public List<ParkedEvent> Parked { get; } = [];

        public List<ParkedEvent> Released { get; } = [];

        public bool IsSkipped(long position, string? document) => Skipped.Contains((position, document));
    }
}
