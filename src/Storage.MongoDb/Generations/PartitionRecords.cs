using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// The collection <c>partitions</c>: a record for each partition of a generation, with its progress and its lease. Workers
/// that keep different partitions write to different records, so they never meet.
/// </summary>
/// <remarks>
/// The record also holds what <see cref="ParkedRecords"/> sums up of its parked events, so that a look at the progress
/// is one at these records alone.
/// </remarks>
internal sealed class PartitionRecords(IMongoDatabase database)
{
    public const string Partitions = "partitions";

    public const string Position = "position";

    private const string View = "view";
    private const string Number = "number";
    private const string Index = "index";
    private const string Epoch = "epoch";
    private const string Owner = "owner";
    private const string Fault = "fault";
    private const string Parked = "parked";
    private const string IsAsked = "asked";
    private const string UpdatedAt = "updatedAt";
    private const string Mark = "mark";

    // Counts changes that are no commits, so that a commit at the same time meets a changed record. Programs from before have
    // counted only what operators asked for.
    private const string Changes = "asks";

    private static readonly FindOneAndUpdateOptions<BsonDocument> s_answerAfter = new() { ReturnDocument = ReturnDocument.After };

    private readonly IMongoCollection<BsonDocument> _partitions = database.GetCollection<BsonDocument>(Partitions);

    public static ViewPartition Read(BsonDocument record) => new(
        record[View].AsString, record[Number].AsInt32, record[Index].AsInt32, record[Position].ToInt64(), record[Epoch].ToInt64(),
        record[Owner].ToText(), record[Fault].ToText(), record[Parked].AsInt32, record[IsAsked].AsBoolean, record[UpdatedAt].ToTime())
    {
        // Programs from before don't write it.
        Mark = record.TryGetValue(Mark, out var mark) && mark.ToText() is { } text ? LogMark.Parse(text) : null,
    };

    /// <summary>Those of a view, in no order.</summary>
    public Task<List<ViewPartition>> ReadAsync(IClientSessionHandle session, string view, CancellationToken cancellationToken)
        => FindAsync(session, RecordIds.All(view), cancellationToken);

    /// <summary>
    /// Moves partitions on, those that are not further already, and clears their faults. Answers them in the same order;
    /// null when not all of them are where, and whose, they were: of several, some may have moved then.
    /// </summary>
    /// <param name="marks">The marks that they have then, in the same order.</param>
    public async Task<IReadOnlyList<ViewPartition>?> AdvanceAsync(
        IClientSessionHandle session, IReadOnlyList<ViewPartition> partitions, long position, IReadOnlyList<LogMark?> marks,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Mostly all get the same one.
        var isSame = marks.All(mark => mark == marks[0]);
        var update = new BsonDocument
        {
            { "$max", new BsonDocument(Position, position) },
            { "$set", new BsonDocument { { Fault, BsonNull.Value }, { UpdatedAt, now.UtcDateTime } } },
        };
        if (isSame)
        {
            update["$set"][Mark] = TextOf(marks[0]);
        }

        if (partitions is [var only])
        {
            var record = await _partitions.FindOneAndUpdateAsync(session, Unchanged(only), update, s_answerAfter, cancellationToken)
                .ConfigureAwait(false);
            return record is null ? null : [Read(record)];
        }

        var unchanged = new BsonDocument("$or", new BsonArray(partitions.Select(Unchanged)));
        var result = await _partitions.UpdateManyAsync(session, unchanged, update, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        if (result.MatchedCount != partitions.Count)
        {
            return null;
        }

        foreach (var (partition, mark) in isSame ? [] : partitions.Zip(marks).Where(pair => pair.First.Mark != pair.Second))
        {
            await _partitions.UpdateOneAsync(
                session, new BsonDocument(RecordIds.Id, RecordIds.OfPartition(partition)),
                new BsonDocument("$set", new BsonDocument(Mark, TextOf(mark))), cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        var advanced = await FindAsync(session, RecordIds.In(partitions.Select(RecordIds.OfPartition)), cancellationToken)
            .ConfigureAwait(false);
        var byIndex = advanced.ToDictionary(partition => partition.Index);
        return [.. partitions.Select(partition => byIndex[partition.Index])];
    }

    /// <summary>Changes lease and fault of a partition. Null when epoch or owner is another one by now, or it is not there.</summary>
    public async Task<ViewPartition?> TryUpdateAsync(ViewPartition seen, ViewPartition changed, CancellationToken cancellationToken)
    {
        var fields = new BsonDocument { { Epoch, changed.Epoch }, { Owner, RecordValues.From(changed.Owner) } };
        if ((changed.Fault, changed.UpdatedAt) != (seen.Fault, seen.UpdatedAt))
        {
            fields.Add(Fault, RecordValues.From(changed.Fault)).Add(UpdatedAt, changed.UpdatedAt.UtcDateTime);
        }

        var record = await _partitions.FindOneAndUpdateAsync(
            SameEpoch(seen).Add(Owner, RecordValues.From(seen.Owner)), new BsonDocument("$set", fields), s_answerAfter, cancellationToken)
            .ConfigureAwait(false);
        return record is null ? null : Read(record);
    }

    /// <summary>Lets nobody else write to partitions until the session's transaction has ended; who is at it has ended before.</summary>
    public Task LockAsync(IClientSessionHandle session, IEnumerable<string> ids, CancellationToken cancellationToken)
        => _partitions.UpdateManyAsync(
            session, RecordIds.In(ids), new BsonDocument("$inc", new BsonDocument(Changes, 1L)), cancellationToken: cancellationToken);

    /// <summary>Writes partitions that are new or locked, and removes some that are locked.</summary>
    public async Task WriteAsync(
        IClientSessionHandle session, IEnumerable<ViewPartition> written, IEnumerable<string> removed, CancellationToken cancellationToken)
    {
        List<WriteModel<BsonDocument>> writes =
        [
            .. removed.Select(id => new DeleteOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, id))),
            .. written.Select(partition => new UpdateOneModel<BsonDocument>(
                new BsonDocument(RecordIds.Id, RecordIds.OfPartition(partition)),
                new BsonDocument { { "$set", Write(partition) }, { "$inc", new BsonDocument(Changes, 1L) } })
            { IsUpsert = true }),
        ];
        if (writes.Count > 0)
        {
            await _partitions.BulkWriteAsync(session, writes, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<ViewPartition>> FindAsync(
        IClientSessionHandle session, BsonDocument filter, CancellationToken cancellationToken)
    {
        var found = await _partitions.Find(session, filter).ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.ConvertAll(Read);
    }

    private static BsonDocument SameEpoch(ViewPartition partition)
        => new() { { RecordIds.Id, RecordIds.OfPartition(partition) }, { Epoch, partition.Epoch } };

    private static BsonDocument Unchanged(ViewPartition partition) => SameEpoch(partition).Add(Position, partition.Position);

    private static BsonDocument Write(ViewPartition partition) => new()
    {
        { View, partition.View }, { Number, partition.Number }, { Index, partition.Index }, { Position, partition.Position },
        { Epoch, partition.Epoch }, { Owner, RecordValues.From(partition.Owner) }, { Fault, RecordValues.From(partition.Fault) },
        { Parked, partition.Parked }, { IsAsked, partition.IsAsked }, { UpdatedAt, partition.UpdatedAt.UtcDateTime },
        { Mark, TextOf(partition.Mark) },
    };

    private static BsonValue TextOf(LogMark? mark) => RecordValues.From(mark?.ToString());
}
