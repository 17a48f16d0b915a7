using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The collection <c>parked</c>: a record for each parked event. How many there are is also on the partitions' records.</summary>
internal sealed class ParkedRecords(IMongoDatabase database)
{
    public const string Parked = "parked";

    private const string View = "view";
    private const string Number = "number";
    private const string Partition = "partition";
    private const string Document = "document";
    private const string Position = "position";
    private const string Reason = "reason";
    private const string IsAsked = "asked";

    /// <summary>How many ids one delete names at most.</summary>
    private const int ChunkSize = 1000;

    private static readonly BulkWriteOptions s_unordered = new() { IsOrdered = false };

    private readonly IMongoCollection<BsonDocument> _parked = database.GetCollection<BsonDocument>(Parked);

    /// <summary>The chosen ones of what is parked in a view, by position, partition and document (null first).</summary>
    public async Task<List<ParkedEvent>> ReadAsync(
        IClientSessionHandle session, string view, ParkedFilter filter, CancellationToken cancellationToken)
    {
        var condition = filter.Number is { } number ? RecordIds.All(view, number) : RecordIds.All(view);
        if (filter.Position is { } position)
        {
            condition.Add(Position, position);
        }

        var found = await _parked.Find(session, condition).ToListAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. found.Select(Read)
                .OrderBy(one => one.Position).ThenBy(one => one.Partition).ThenBy(one => one.Document, StringComparer.Ordinal),
        ];
    }

    /// <summary>Parks events, over what is parked under the same keys, and releases those of the others that are parked.</summary>
    public async Task WriteAsync(
        IClientSessionHandle session, IReadOnlyCollection<ParkedEvent> parked, IEnumerable<ParkedEvent> released,
        CancellationToken cancellationToken)
    {
        var records = parked.ToDictionary(RecordIds.OfParked, StringComparer.Ordinal);
        List<WriteModel<BsonDocument>> writes =
        [
            .. records.Select(one => new ReplaceOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, one.Key), Write(one.Key, one.Value))
            {
                IsUpsert = true,
            }),
            .. released.Select(RecordIds.OfParked).Where(id => !records.ContainsKey(id)).Chunk(ChunkSize)
                .Select(ids => new DeleteManyModel<BsonDocument>(RecordIds.In(ids))),
        ];
        if (writes.Count > 0)
        {
            await _parked.BulkWriteAsync(session, writes, s_unordered, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Partitions of one generation with what is parked in them: how many events, and whether one is asked for.</summary>
    public async Task<List<ViewPartition>> CountAsync(
        IClientSessionHandle session, IReadOnlyList<ViewPartition> partitions, CancellationToken cancellationToken)
    {
        var condition = RecordIds.All(partitions[0].View, partitions[0].Number)
            .Add(Partition, new BsonDocument("$in", new BsonArray(partitions.Select(partition => partition.Index))))
            .Add(Reason, new BsonDocument("$ne", nameof(ParkedReason.Waiting)));
        BsonDocument[] pipeline =
        [
            new("$match", condition),
            new("$group", new BsonDocument
            {
                { RecordIds.Id, "$" + Partition },
                { "count", new BsonDocument("$sum", 1) },
                { IsAsked, new BsonDocument("$sum", new BsonDocument("$cond", new BsonArray { "$" + IsAsked, 1, 0 })) },
            }),
        ];
        var found = await _parked.Aggregate<BsonDocument>(session, pipeline, cancellationToken: cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        var sums = found.ToDictionary(
            sum => sum[RecordIds.Id].AsInt32, sum => (Count: sum["count"].ToInt32(), IsAsked: sum[IsAsked].ToInt32() > 0));
        return
        [
            .. from partition in partitions
               let sum = sums.GetValueOrDefault(partition.Index)
               select partition with { Parked = sum.Count, IsAsked = sum.IsAsked },
        ];
    }

    /// <summary>Releases all that is parked in a generation.</summary>
    public Task RemoveAsync(IClientSessionHandle session, ViewGeneration gone, CancellationToken cancellationToken)
        => _parked.DeleteManyAsync(session, RecordIds.All(gone.View, gone.Number), cancellationToken: cancellationToken);

    private static BsonDocument Write(string id, ParkedEvent parked) => new()
    {
        { RecordIds.Id, id }, { View, parked.View }, { Number, parked.Number }, { Partition, parked.Partition },
        { Document, RecordValues.From(parked.Document) }, { Position, parked.Position }, { "stream", parked.Stream },
        { "revision", parked.Revision }, { "type", parked.Type }, { Reason, parked.Reason.ToString() },
        { "detail", RecordValues.From(parked.Detail) }, { "attempts", parked.Attempts }, { "parkedAt", parked.ParkedAt.UtcDateTime },
        { IsAsked, parked.IsAsked },
    };

    private static ParkedEvent Read(BsonDocument record) => new(
        record[View].AsString, record[Number].AsInt32, record[Partition].AsInt32, record[Document].ToText(), record[Position].ToInt64(),
        record["stream"].AsString, record["revision"].ToInt64(), record["type"].AsString, Enum.Parse<ParkedReason>(record[Reason].AsString),
        record["detail"].ToText(), record["attempts"].AsInt32, record["parkedAt"].ToTime())
    {
        IsAsked = record[IsAsked].AsBoolean,
    };
}
