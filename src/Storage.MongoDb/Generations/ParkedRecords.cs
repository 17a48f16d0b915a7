using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The collection <c>parked</c>: a record for each parked event. How many there are is also on the partitions' records.</summary>
internal sealed class ParkedRecords(IMongoDatabase database, PartitionRecords partitions)
{
    public const string Parked = "parked";

    private const string View = "view";
    private const string Number = "number";
    private const string Partition = "partition";
    private const string Document = "document";
    private const string Position = "position";
    private const string Reason = "reason";
    private const string IsAsked = "asked";

    private static readonly BulkWriteOptions s_unordered = new() { IsOrdered = false };

    // Who only waits behind another one does not count.
    private static readonly BsonDocument s_counted = new(Reason, new BsonDocument("$ne", nameof(ParkedReason.Waiting)));

    private readonly IMongoCollection<BsonDocument> _parked = database.GetCollection<BsonDocument>(Parked);

    /// <summary>Those of a generation, by position, partition and document (null first).</summary>
    public async Task<List<ParkedEvent>> ReadAsync(string view, int number, CancellationToken cancellationToken)
        => InOrder(await _parked.Find(RecordIds.All(view, number)).ToListAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Those of some generations of a view at a position that are more than waiting.</summary>
    public async Task<List<ParkedEvent>> ReadAtAsync(
        IClientSessionHandle session, string view, IEnumerable<int> numbers, long position, CancellationToken cancellationToken)
    {
        var filter = RecordIds.All(view).Add(Position, position).Add(Number, new BsonDocument("$in", new BsonArray(numbers))).Merge(s_counted);
        return InOrder(await _parked.Find(session, filter).ToListAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Notes that they are asked for.</summary>
    public Task AskAsync(IClientSessionHandle session, IEnumerable<ParkedEvent> asked, CancellationToken cancellationToken)
        => _parked.UpdateManyAsync(
            session,
            RecordIds.In(asked.Select(RecordIds.OfParked)).Merge(s_counted),
            new BsonDocument("$set", new BsonDocument(IsAsked, true)),
            cancellationToken: cancellationToken);

    /// <summary>Parks events, over what is parked under the same keys. Nothing is asked for then.</summary>
    public Task ParkAsync(IClientSessionHandle session, IReadOnlyList<ParkedEvent> parked, CancellationToken cancellationToken)
        => WriteAsync(session, [.. parked.Select(Replace)], cancellationToken);

    public Task ReleaseAsync(IClientSessionHandle session, IEnumerable<ParkedEvent> released, CancellationToken cancellationToken)
        => WriteAsync(session, [.. released.Select(RecordIds.OfParked).Chunk(1000).Select(ids => new DeleteManyModel<BsonDocument>(RecordIds.In(ids)))], cancellationToken);

    /// <summary>Writes on partitions of one generation how many events are parked in each, and whether one is asked for.</summary>
    public async Task SumUpAsync(IClientSessionHandle session, string view, int number, IReadOnlyCollection<int> indexes, CancellationToken cancellationToken)
    {
        var ids = indexes.ToDictionary(index => RecordIds.OfPartition(view, number, index), StringComparer.Ordinal);
        bool isDone;
        do
        {
            var asks = await partitions.ReadAsksAsync(session, ids.Keys, cancellationToken).ConfigureAwait(false);
            var sums = await SumsOfAsync().ConfigureAwait(false);
            isDone = await partitions.TrySetParkedAsync(
                session,
                [
                    .. from partition in asks
                       let sum = sums.GetValueOrDefault(ids[partition.Key])
                       select (partition.Key, partition.Value, sum.Count, sum.IsAsked),
                ],
                cancellationToken).ConfigureAwait(false);
        }
        while (!isDone);

        async Task<Dictionary<int, (int Count, bool IsAsked)>> SumsOfAsync()
        {
            BsonDocument[] pipeline =
            [
                new("$match", RecordIds.All(view, number).Add(Partition, new BsonDocument("$in", new BsonArray(indexes))).Merge(s_counted)),
                new("$group", new BsonDocument
                {
                    { RecordIds.Id, "$" + Partition },
                    { "count", new BsonDocument("$sum", 1) },
                    { IsAsked, new BsonDocument("$sum", new BsonDocument("$cond", new BsonArray { "$" + IsAsked, 1, 0 })) },
                }),
            ];
            var found = await _parked.Aggregate<BsonDocument>(session, pipeline, cancellationToken: cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            return found.ToDictionary(sum => sum[RecordIds.Id].AsInt32, sum => (sum["count"].ToInt32(), sum[IsAsked].ToInt32() > 0));
        }
    }

    /// <summary>
    /// Gives the events to the partitions of their documents, those without one to all partitions. Answers for each
    /// partition how many it has then, and whether one is asked for.
    /// </summary>
    public async Task<IReadOnlyList<(int Count, bool IsAsked)>> RepartitionAsync(
        IClientSessionHandle session, string view, int number, int count, CancellationToken cancellationToken)
    {
        var old = await _parked.Find(session, RecordIds.All(view, number)).ToListAsync(cancellationToken).ConfigureAwait(false);
        var moved = old.Select(Read)
            .SelectMany(parked => (parked.Document is { } document ? [DocumentPartition.Of(document, count)] : Enumerable.Range(0, count))
                .Select(index => parked with { Partition = index }))
            .GroupBy(RecordIds.OfParked, StringComparer.Ordinal)
            .Select(same => same.MaxBy(parked => parked.Attempts)! with { IsAsked = same.Any(parked => parked.IsAsked) })
            .ToDictionary(RecordIds.OfParked, StringComparer.Ordinal);

        // What is added first: without a transaction nothing is ever missing.
        await WriteAsync(session, [.. moved.Values.Select(parked => Replace(parked, parked.IsAsked))], cancellationToken).ConfigureAwait(false);
        var gone = old.Select(record => record[RecordIds.Id].AsString).Where(id => !moved.ContainsKey(id));
        await WriteAsync(session, [.. gone.Chunk(1000).Select(ids => new DeleteManyModel<BsonDocument>(RecordIds.In(ids)))], cancellationToken).ConfigureAwait(false);

        var counted = moved.Values.Where(parked => parked.Reason != ParkedReason.Waiting).ToLookup(parked => parked.Partition);
        return [.. Enumerable.Range(0, count).Select(index => (counted[index].Count(), counted[index].Any(parked => parked.IsAsked)))];
    }

    public Task RemoveAsync(string view, int number, CancellationToken cancellationToken)
        => _parked.DeleteManyAsync(RecordIds.All(view, number), cancellationToken);

    private async Task WriteAsync(IClientSessionHandle session, IReadOnlyCollection<WriteModel<BsonDocument>> writes, CancellationToken cancellationToken)
    {
        if (writes.Count > 0)
        {
            await _parked.BulkWriteAsync(session, writes, s_unordered, cancellationToken).ConfigureAwait(false);
        }
    }

    private static List<ParkedEvent> InOrder(IEnumerable<BsonDocument> records) =>
    [
        .. records.Select(Read).OrderBy(parked => parked.Position).ThenBy(parked => parked.Partition).ThenBy(parked => parked.Document, StringComparer.Ordinal),
    ];

    private static ReplaceOneModel<BsonDocument> Replace(ParkedEvent parked) => Replace(parked, isAsked: false);

    private static ReplaceOneModel<BsonDocument> Replace(ParkedEvent parked, bool isAsked)
    {
        var id = RecordIds.OfParked(parked);
        return new ReplaceOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, id), Write(id, parked, isAsked)) { IsUpsert = true };
    }

    private static BsonDocument Write(string id, ParkedEvent parked, bool isAsked) => new()
    {
        { RecordIds.Id, id },
        { View, parked.View },
        { Number, parked.Number },
        { Partition, parked.Partition },
        { Document, RecordValues.From(parked.Document) },
        { Position, parked.Position },
        { "stream", parked.Stream },
        { "revision", parked.Revision },
        { "type", parked.Type },
        { Reason, parked.Reason.ToString() },
        { "detail", RecordValues.From(parked.Detail) },
        { "attempts", parked.Attempts },
        { "parkedAt", parked.ParkedAt.UtcDateTime },
        { IsAsked, isAsked },
    };

    private static ParkedEvent Read(BsonDocument record) => new(
        record[View].AsString,
        record[Number].AsInt32,
        record[Partition].AsInt32,
        record[Document].ToText(),
        record[Position].ToInt64(),
        record["stream"].AsString,
        record["revision"].ToInt64(),
        record["type"].AsString,
        Enum.Parse<ParkedReason>(record[Reason].AsString),
        record["detail"].ToText(),
        record["attempts"].AsInt32,
        record["parkedAt"].ToTime())
    {
        IsAsked = record[IsAsked].AsBoolean,
    };
}
