using System.Collections.Immutable;
using System.Text.Json;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>A document as a store keeps it.</summary>
/// <param name="Position">The log position of the last event that it holds.</param>
internal sealed record StoredJson(long Position, string Json);

/// <summary>
/// What a batch of events makes of the documents of a view. The engine folds it; documents are read from JSON before and written after it.
/// </summary>
/// <param name="Documents">All documents after the batch.</param>
/// <param name="Reactions">What follows from the events, in log order.</param>
internal sealed record FoldedBatch<TDocument>(
    ImmutableDictionary<string, StoredJson> Documents, IReadOnlyList<Reaction<TDocument>> Reactions)
    where TDocument : class
{
    public static ImmutableDictionary<string, StoredJson> None { get; }
        = ImmutableDictionary.Create<string, StoredJson>(StringComparer.Ordinal);

    /// <summary>Folds events into the documents that are there.</summary>
    /// <param name="after">The position that is committed. The engine leaves out what a document holds already.</param>
    /// <param name="reactsTo">Whether a process acts on an event; null: nobody acts.</param>
    /// <exception cref="XunitException">An event can't be read, or the projection threw.</exception>
    public static FoldedBatch<TDocument> Of(
        IProjection<TDocument> projection, EventTypes types, ImmutableDictionary<string, StoredJson> documents, long after,
        IReadOnlyList<RecordedEvent> events, Func<EventEnvelope, bool>? reactsTo = null)
    {
        var (view, memory) = (projection.View, new DocumentMemory<TDocument>(int.MaxValue));
        ProjectionBatch<TDocument> batch = new(projection, memory, attempts: 1, reactsTo);
        batch.Start(events.Select(e => Read(types, e)), new HeldPartitions(
            1, [ViewPartition.New(view.Name, 1, 0, Scenario.Now) with { Position = after }]));
        foreach (var id in batch.Missing)
        {
            if (documents.TryGetValue(id, out var stored))
            {
                memory.Loaded(new StoredDocument<TDocument>(id, stored.Position, Read(view, id, stored.Json)));
            }
        }

        var count = batch.Fold(new ParkingLot([], [], limit: 1, TimeProvider.System));
        if (batch.Fault?.InnerException is { } thrown)
        {
            var e = events[count];
            throw thrown as XunitException
                ?? Failure.Of($"{view.Name} threw at position {e.Position}, for {GivenLog.Describe(e)}", thrown);
        }

        List<Reaction<TDocument>> reactions = [.. batch.Reactions];
        var (upserts, deletes) = memory.TakeChanges();
        return new FoldedBatch<TDocument>(
            documents.RemoveRange(deletes).SetItems(upserts.Select(one => KeyValuePair.Create(
                one.Id, new StoredJson(one.Position, JsonSerializer.Serialize(one.Value, view.Json))))),
            reactions);
    }

    private static LogItem Read(EventTypes types, RecordedEvent recorded)
    {
        LogItem item = new(SubscriptionMessage.Of(recorded), isCaughtUp: false);
        item.Decode(types);
        return item.Fault is { } fault
            ? throw new XunitException(
                $"An event at position {recorded.Position} can't be read: {fault.Describe()}, {GivenLog.Describe(recorded)}")
            : item;
    }

    private static TDocument Read(View<TDocument> view, string id, string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, view.Json)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw Failure.Of($"The document '{id}' of {view.Name} can't be read from its own JSON: {json}", e);
        }
    }
}
