using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Tries parked events once more: those that an operator has asked for or decided to leave out, whenever that was, and those of a type that
/// this program knows and the one that parked them did not. What they held up follows them, in the order of the log.
/// </summary>
/// <param name="reactor">Does what follows from an event that is applied; null: nobody does.</param>
internal sealed class ParkedRecovery<TDocument>(
    IProjection<TDocument> projection, View<TDocument> view, SubscriptionServices services, Reactor<TDocument>? reactor)
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
            parked.Where(one => one.Reason != ParkedReason.Waiting
                && (one.IsAsked || IsKnownNow(one) || leftOut.Contains((one.Position, one.Document)))).ToHashSet(),
            leftOut);
        if (run.Tried.Count == 0)
        {
            return null;
        }

        foreach (var partition in run.Tried.Select(one => one.Partition).Distinct().Order())
        {
            await RecoverAsync(held, [.. parked.Where(one => one.Partition == partition)], partition, run, cancellationToken)
                .ConfigureAwait(false);
        }

        // What was asked for is answered, also where it did not come to a try: something before it is parked still.
        run.Parked.AddRange(run.Tried.Except(run.Released).Where(one => !run.Parked.Exists(again => IsSame(again, one))));
        return new ViewCommit<TDocument>(
            held.All, held.Position, run.Upserts, run.Deletes)
        { Parked = run.Parked, Released = run.Released };
    }

    private static bool IsSame(ParkedEvent one, ParkedEvent other)
        => (one.Partition, one.Document, one.Position) == (other.Partition, other.Document, other.Position);

    private bool IsKnownNow(ParkedEvent parked)
        => parked.Reason is ParkedReason.UnknownType or ParkedReason.TooNew
            && services.Types.Names.Contains(parked.Type, StringComparer.Ordinal);

    private async Task RecoverAsync(
        HeldPartitions held, List<ParkedEvent> parked, int partition, Run run, CancellationToken cancellationToken)
    {
        // First those whose documents were not known: what becomes of them decides what the documents wait for.
        List<ParkedEvent> blocking = [];
        Dictionary<string, List<Found>> found = new(StringComparer.Ordinal);
        foreach (var nameless in parked.Where(one => one.Document is null))
        {
            // Behind another one of its stream it stays as it is, so that its documents wait for both.
            if (!run.Tried.Contains(nameless) || blocking.Exists(one => one.Stream == nameless.Stream))
            {
                blocking.Add(nameless);
            }
            else if (run.IsSkipped(nameless.Position, null)
                || await ReadAsync(nameless, cancellationToken).ConfigureAwait(false) is not { } recorded)
            {
                run.Released.Add(nameless);
            }
            else if (TryName(recorded, nameless, out var ids, out var again))
            {
                run.Released.Add(nameless);
                foreach (var id in ids.Where(id => held.IndexOf(id) == partition).Distinct(StringComparer.Ordinal))
                {
                    (found.TryGetValue(id, out var events) ? events : found[id] = []).Add(new Found(recorded, nameless));
                }
            }
            else
            {
                run.Parked.Add(again);
                blocking.Add(again);
            }
        }

        var byDocument = parked.Where(one => one.Document is not null).ToLookup(one => one.Document!, StringComparer.Ordinal);
        var documents = byDocument.Select(one => one.Key).Union(found.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(id => new Document(
                id, held[partition], WorkOf([.. byDocument[id]], found.GetValueOrDefault(id, [])), run.Tried, blocking)).ToList();
        await LoadAsync(documents, run, cancellationToken).ConfigureAwait(false);
        foreach (var document in documents)
        {
            await RecoverAsync(document, run, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What there is to do for a document, in the order of the log.</summary>
    private static List<Work> WorkOf(List<ParkedEvent> parked, List<Found> found)
        => [.. parked.Select(one => new Work(one.Position, one, null))
            .Concat(found.Where(one => !parked.Exists(other => other.Position == one.Event.Position.Value)).Select(
                one => new Work(one.Event.Position.Value, null, one)))
            .OrderBy(one => one.Position)];

    /// <summary>
    /// Reads the documents for which something can be done, and folds those anew that went on without an event of their own.
    /// </summary>
    private async Task LoadAsync(List<Document> documents, Run run, CancellationToken cancellationToken)
    {
        var ready = documents.Where(one => one.Ready.Count > 0).ToDictionary(one => one.Id, StringComparer.Ordinal);
        if (ready.Count == 0)
        {
            return;
        }

        foreach (var stored in await services.Views.LoadAsync(view, documents[0].Partition.Number, ready.Keys, cancellationToken)
            .ConfigureAwait(false))
        {
            ready[stored.Id].Stored = stored;
        }

        foreach (var document in ready.Values)
        {
            document.State = new State(document.Stored?.Value, document.Stored?.Position ?? 0);
        }

        await FoldFromStartAsync(ready.Values.Where(one => one.IsLate)
            .ToDictionary(one => one.Id, StringComparer.Ordinal), run, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Applies to one document, in order, what can be applied: up to the first event that has to stay parked.</summary>
    private async Task RecoverAsync(Document document, Run run, CancellationToken cancellationToken)
    {
        if (document.Fault is { } fault && document.Stored is null)
        {
            // Nobody could tell later that other events came for it meanwhile, so it is as if its events could not be read.
            foreach (var found in document.Found)
            {
                if (run.Released.Remove(found.Nameless))
                {
                    run.Parked.Add(Again(found.Nameless, ParkedReason.Threw, fault));
                }
            }

            return;
        }

        var (state, done) = (document.State, 0);
        foreach (var work in document.Ready)
        {
            if (document.Fault is { } notFolded)
            {
                Park(work, document.Ready[0] == work ? notFolded : null);
                continue;
            }

            // What the document holds already needs no trying; only what it was folded anew with has had no reaction yet.
            if (work.Position > document.Through || (reactor is not null && work.Found is not null))
            {
                var recorded = work.Found?.Event ?? await ReadAsync(work.Parked!, cancellationToken).ConfigureAwait(false);
                if (recorded is not null && !run.IsSkipped(work.Position, document.Id))
                {
                    var (applied, reason, detail) = work.Position > document.Through
                        ? Apply(document.Id, state, recorded)
                        : (state, default, null);
                    if (applied is not null
                        && await ReactAsync(document.Id, applied, recorded, cancellationToken).ConfigureAwait(false) is { } thrown)
                    {
                        (applied, reason, detail) = (null, ParkedReason.Threw, UnappliableEventException.Describe(thrown));
                    }

                    if (applied is null)
                    {
                        Park(work, detail, reason);
                        done++;
                        break;
                    }

                    state = applied;
                }
            }

            if (work.Parked is { } parked)
            {
                run.Released.Add(parked);
            }

            done++;
        }

        // Their places among those that could not be read are given up, so they wait under the document's name.
        foreach (var work in document.Fault is null ? document.Ready.Skip(done).Concat(document.Rest) : document.Rest)
        {
            Park(work, null);
        }

        if (document.Fault is null && document.Ready.Count > 0
            && (state.Position != (document.Stored?.Position ?? 0) || !ReferenceEquals(state.Value, document.Stored?.Value)))
        {
            if (state.Value is { } value)
            {
                run.Upserts.Add(new StoredDocument<TDocument>(document.Id, state.Position, value));
            }
            else if (document.Stored is not null)
            {
                run.Deletes.Add(document.Id);
            }
        }

        void Park(Work work, string? detail, ParkedReason reason = ParkedReason.Threw)
        {
            if (detail is not null)
            {
                run.Parked.Add(Again(work.Parked ?? NewOf(work.Found!), reason, detail));
            }
            else if (work.Found is { } found && !run.IsSkipped(work.Position, document.Id))
            {
                run.Parked.Add(NewOf(found));
            }
        }

        ParkedEvent NewOf(Found found) => found.Nameless with
        {
            Document = document.Id,
            Reason = ParkedReason.Waiting,
            Detail = null,
            Attempts = 0,
            ParkedAt = services.Time.GetUtcNow(),
            IsAsked = false,
        };
    }

    /// <summary>Makes documents what they are with every event up to where each of them is.</summary>
    private async Task FoldFromStartAsync(Dictionary<string, Document> documents, Run run, CancellationToken cancellationToken)
    {
        if (documents.Count == 0)
        {
            return;
        }

        var end = documents.Values.Max(one => one.Through);
        foreach (var document in documents.Values)
        {
            document.State = new State(null, 0);
        }

        await foreach (var recorded in services.Log.ReadAllAsync(LogPosition.Start, projection.Filter, long.MaxValue, cancellationToken)
            .ConfigureAwait(false))
        {
            var position = recorded.Position.Value;
            if (position > end)
            {
                break;
            }

            if (services.Types.Decode(recorded) is DecodedEvent.Known known)
            {
                Fold(new EventEnvelope(recorded, known.Event), position);
            }
        }

        void Fold(EventEnvelope envelope, long position)
        {
            foreach (var id in IdsOf(envelope))
            {
                if (documents.TryGetValue(id, out var document)
                    && document.Fault is null
                    && position <= document.Through
                    && !run.IsSkipped(position, id))
                {
                    try
                    {
                        document.State = new State(projection.Project(id, document.State.Value, envelope), position);
                    }
                    catch (Exception e)
                    {
                        document.Fault = new UnappliableEventException(envelope.Recorded, e).Message;
                    }
                }
            }
        }

        IReadOnlyList<string> IdsOf(EventEnvelope envelope)
        {
            try
            {
                return projection.DocumentIdsOf(envelope);
            }
            catch (Exception)
            {
                // Parked or left out, as what can't be read.
                return [];
            }
        }
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
            return (
                new State(projection.Project(id, state.Value, new EventEnvelope(recorded, known.Event)), recorded.Position.Value), default,
                null);
        }
        catch (Exception e)
        {
            return (null, ParkedReason.Threw, UnappliableEventException.Describe(e));
        }
    }

    /// <summary>Does what follows from an event. Answers why that failed; null when it did not.</summary>
    private async Task<Exception?> ReactAsync(string id, State state, RecordedEvent recorded, CancellationToken cancellationToken)
        => reactor is not null
            && services.Types.Decode(recorded) is DecodedEvent.Known known
            && new EventEnvelope(recorded, known.Event) is var envelope
            && reactor.ReactsTo(envelope)
                ? await reactor.TryAsync(new Reaction<TDocument>(id, state.Value, envelope), cancellationToken).ConfigureAwait(false)
                : null;

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

    /// <summary>The event; null when it is not in the log any more.</summary>
    private async Task<RecordedEvent?> ReadAsync(ParkedEvent parked, CancellationToken cancellationToken)
    {
        await foreach (var recorded in services.Log.ReadStreamAsync(
            parked.Stream, ReadDirection.Forwards, parked.Revision, 1, cancellationToken).ConfigureAwait(false))
        {
            return recorded.Position.Value == parked.Position ? recorded : null;
        }

        return null;
    }

    /// <summary>A document and how far it is.</summary>
    private sealed record State(TDocument? Value, long Position);

    /// <summary>An event whose documents were not known, and are now.</summary>
    private sealed record Found(RecordedEvent Event, ParkedEvent Nameless);

    /// <summary>An event for a document: it is parked under the document's name, or turned out to be its own.</summary>
    private sealed record Work(long Position, ParkedEvent? Parked, Found? Found);

    /// <summary>A document and what there is to do for it.</summary>
    private sealed class Document(
        string id, ViewPartition partition, List<Work> work, HashSet<ParkedEvent> tried, List<ParkedEvent> blocking)
    {
        public string Id => id;

        public ViewPartition Partition => partition;

        /// <summary>What can be tried.</summary>
        public List<Work> Ready { get; } = [.. work.TakeWhile(one => !MustStay(one, tried, blocking))];

        /// <summary>From the first one on that has to stay parked.</summary>
        public IEnumerable<Work> Rest => work.Skip(Ready.Count);

        public IEnumerable<Found> Found => work.Select(one => one.Found).OfType<Found>();

        public StoredDocument<TDocument>? Stored { get; set; }

        /// <summary>How far it is.</summary>
        public State State { get; set; } = new(null, 0);

        /// <summary>Why it could not be folded anew; null when it could, or need not.</summary>
        public string? Fault { get; set; }

        /// <summary>
        /// Whether events of other streams came for it, since nobody knew that one before them belongs to it too. Where there is no
        /// document, they may have come and left nothing.
        /// </summary>
        public bool IsLate
            => Stored is { } stored ? Ready.Exists(one => one.Position < stored.Position) : Ready.Exists(one => one.Found is not null);

        /// <summary>Up to where it holds everything, after it was folded anew if it was late.</summary>
        public long Through
            => Stored?.Position ?? (IsLate ? work.Find(one => one.Parked is not null)?.Position - 1 ?? partition.Position : 0);

        private static bool MustStay(Work work, HashSet<ParkedEvent> tried, List<ParkedEvent> blocking)
            => (work.Parked is { Reason: not ParkedReason.Waiting } parked && !tried.Contains(parked))
                || blocking.Exists(one => one.Position < work.Position && one.Stream == (work.Parked?.Stream ?? work.Found!.Event.Stream));
    }

    private sealed record Run(HashSet<ParkedEvent> Tried, HashSet<(long Position, string? Document)> Skipped)
    {
        public List<StoredDocument<TDocument>> Upserts { get; } = [];

        public List<string> Deletes { get; } = [];

        public List<ParkedEvent> Parked { get; } = [];

        public List<ParkedEvent> Released { get; } = [];

        public bool IsSkipped(long position, string? document)
            => Skipped.Contains((position, document)) || Skipped.Contains((position, null));
    }
}
