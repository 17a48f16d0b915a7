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

    /// <summary>The fencing token of a new partition. No two generations share a number, so each starts with the same one.</summary>
    private const long FirstEpoch = 1;

    private const string View = "view";
    private const string Number = "number";
    private const string Index = "index";
    private const string Epoch = "epoch";
    private const string Owner = "owner";
    private const string Fault = "fault";
    private const string Parked = "parked";
    private const string IsAsked = "asked";
    private const string UpdatedAt = "updatedAt";

    /// <summary>Since when nobody can write to it: its generation was dropped, or is getting other partitions.</summary>
    private const string DroppedAt = "droppedAt";

    /// <summary>Counts what operators asked for, so that who sums up notices one who asks meanwhile.</summary>
    private const string Asks = "asks";

    /// <summary>Counts swaps that were checked against it, so that a commit at the same time meets a changed record.</summary>
    private const string Swaps = "swaps";

    private static readonly FindOneAndUpdateOptions<BsonDocument> s_answerAfter = new() { ReturnDocument = ReturnDocument.After };

    private readonly IMongoCollection<BsonDocument> _partitions = database.GetCollection<BsonDocument>(Partitions);

    /// <summary>A condition: those to which can be written.</summary>
    public static BsonDocument WhereHeld { get; } = new(DroppedAt, BsonNull.Value);

    public static ViewPartition Read(BsonDocument record) => new(
        record[View].AsString,
        record[Number].AsInt32,
        record[Index].AsInt32,
        record[Position].ToInt64(),
        record[Epoch].ToInt64(),
        record[Owner].ToText(),
        record[Fault].ToText(),
        record[Parked].AsInt32,
        record[IsAsked].AsBoolean,
        record[UpdatedAt].ToTime());

    /// <summary>Makes those of a new generation, at position 0. Those that another process has made stay as they are.</summary>
    public Task AddAsync(string view, int number, int count, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = from index in Enumerable.Range(0, count)
                    select Write(new ViewPartition(view, number, index, 0, FirstEpoch, null, null, 0, false, now), asks: 0);
        return _partitions.BulkWriteAsync(
            added.Select(record =>
            {
                var id = record[RecordIds.Id];
                record.Remove(RecordIds.Id);
                return new UpdateOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, id), new BsonDocument("$setOnInsert", record)) { IsUpsert = true };
            }),
            cancellationToken: cancellationToken);
    }

    /// <summary>Those of a generation by index; empty when not all of them are there, because it was dropped or gets others.</summary>
    public async Task<List<ViewPartition>> ReadAsync(IClientSessionHandle session, string view, GenerationRecord generation, CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(0, generation.Partitions).Select(index => RecordIds.OfPartition(view, generation.Number, index));
        var found = await ReadAsync(session, RecordIds.In(ids).Merge(WhereHeld), cancellationToken).ConfigureAwait(false);
        return found.Count == generation.Partitions ? found : [];
    }

    /// <summary>Whether all of them are where, and whose, they were.</summary>
    public async Task<bool> AreCurrentAsync(IClientSessionHandle session, IReadOnlyList<ViewPartition> partitions, CancellationToken cancellationToken)
        => await _partitions.CountDocumentsAsync(session, Unchanged(partitions), cancellationToken: cancellationToken).ConfigureAwait(false) == partitions.Count;

    /// <summary>
    /// Moves partitions on, those that are not further already, and clears their faults. Answers them in the same order;
    /// null when not all of them are where, and whose, they were: some may have moved then, where there are no transactions.
    /// </summary>
    public async Task<IReadOnlyList<ViewPartition>?> AdvanceAsync(
        IClientSessionHandle session, IReadOnlyList<ViewPartition> partitions, long position, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var update = Set((Fault, BsonNull.Value), (UpdatedAt, now.UtcDateTime)).Add("$max", new BsonDocument(Position, position));
        if (partitions is [var only])
        {
            var record = await _partitions.FindOneAndUpdateAsync(session, Unchanged(only), update, s_answerAfter, cancellationToken).ConfigureAwait(false);
            return record is null ? null : [Read(record)];
        }

        var result = await _partitions.UpdateManyAsync(session, Unchanged(partitions), update, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == partitions.Count ? await ReadAgainAsync(session, partitions, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Changes the owner and raises the epoch. Null when owner or epoch is another one, or the partition is not there.</summary>
    public async Task<ViewPartition?> TakeAsync(ViewPartition seen, string owner, CancellationToken cancellationToken)
    {
        var record = await _partitions.FindOneAndUpdateAsync(
            SameEpoch(seen).Add(Owner, RecordValues.From(seen.Owner)),
            Set((Owner, owner)).Add("$inc", new BsonDocument(Epoch, 1L)),
            s_answerAfter,
            cancellationToken).ConfigureAwait(false);
        return record is null ? null : Read(record);
    }

    /// <summary>False when the partition has another epoch, or is not there.</summary>
    public async Task<bool> TryReleaseAsync(ViewPartition held, CancellationToken cancellationToken)
    {
        var result = await _partitions.UpdateOneAsync(SameEpoch(held), Set((Owner, BsonNull.Value)), cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == 1;
    }

    /// <summary>False when the partition has another epoch, or is not there.</summary>
    public async Task<bool> TrySetFaultAsync(ViewPartition held, string fault, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var result = await _partitions.UpdateOneAsync(
            SameEpoch(held), Set((Fault, fault), (UpdatedAt, now.UtcDateTime)), cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == 1;
    }

    /// <summary>Notes on each partition that it is not past its limit, so that no commit gets it there at the same time. False when one is.</summary>
    public async Task<bool> TryGuardAsync(
        IClientSessionHandle session, IReadOnlyList<(ViewPartition Partition, long Limit)> limits, CancellationToken cancellationToken)
    {
        var guards = limits.Select(limit => new UpdateOneModel<BsonDocument>(
            new BsonDocument
            {
                { RecordIds.Id, RecordIds.OfPartition(limit.Partition) }, { Position, new BsonDocument("$lte", limit.Limit) },
            },
            new BsonDocument("$inc", new BsonDocument(Swaps, 1))));
        var result = await _partitions.BulkWriteAsync(session, guards, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == limits.Count;
    }

    /// <summary>Ends all writing to a generation: from then on no commit and no lease of it is accepted.</summary>
    public Task DropAsync(IClientSessionHandle session, string view, int number, DateTimeOffset now, CancellationToken cancellationToken)
        => _partitions.UpdateManyAsync(
            session, RecordIds.All(view, number), Set((DroppedAt, now.UtcDateTime)), cancellationToken: cancellationToken);

    /// <summary>
    /// Replaces a generation's partitions, to which nobody can write any more, by as many as these counts are: each where
    /// the one that was furthest behind is, under an epoch above all of theirs, without an owner.
    /// </summary>
    /// <param name="parked">For each of them how many events are parked in it, and whether one is asked for.</param>
    public async Task ReplaceAsync(
        IClientSessionHandle session, string view, int number, IReadOnlyList<(int Count, bool IsAsked)> parked, CancellationToken cancellationToken)
    {
        var old = await _partitions.Find(session, RecordIds.All(view, number)).ToListAsync(cancellationToken).ConfigureAwait(false);
        var position = old.Min(record => record[Position].ToInt64());
        var epoch = old.Max(record => record[Epoch].ToInt64()) + 1;
        var asks = old.Max(record => record[Asks].ToInt64()) + 1;
        var updatedAt = old.Max(record => record[UpdatedAt].ToTime());
        var replaced = parked.Select((sum, index) => Write(
            new ViewPartition(view, number, index, position, epoch, null, null, sum.Count, sum.IsAsked, updatedAt), asks));
        await _partitions.BulkWriteAsync(
            session,
            [
                .. replaced.Select(record => new ReplaceOneModel<BsonDocument>(new BsonDocument(RecordIds.Id, record[RecordIds.Id]), record) { IsUpsert = true }),
                new DeleteManyModel<BsonDocument>(RecordIds.All(view, number).Add(Index, new BsonDocument("$gte", parked.Count))),
            ],
            cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes that an operator asks for something, which makes a commit at the same time wait or be made anew.</summary>
    public Task AskAsync(IClientSessionHandle session, IEnumerable<string> ids, CancellationToken cancellationToken)
        => _partitions.UpdateManyAsync(
            session, RecordIds.In(ids), new BsonDocument("$inc", new BsonDocument(Asks, 1L)), cancellationToken: cancellationToken);

    /// <summary>How often was asked for something in each of them.</summary>
    public async Task<Dictionary<string, long>> ReadAsksAsync(IClientSessionHandle session, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var found = await _partitions.Find(session, RecordIds.In(ids)).ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.ToDictionary(record => record[RecordIds.Id].AsString, record => record[Asks].ToInt64(), StringComparer.Ordinal);
    }

    /// <summary>Writes what is parked in partitions. False when somebody asked for something meanwhile.</summary>
    public async Task<bool> TrySetParkedAsync(
        IClientSessionHandle session, IReadOnlyList<(string Id, long Asks, int Count, bool IsAsked)> sums, CancellationToken cancellationToken)
    {
        if (sums.Count == 0)
        {
            return true;
        }

        var updates = sums.Select(sum => new UpdateOneModel<BsonDocument>(
            new BsonDocument { { RecordIds.Id, sum.Id }, { Asks, sum.Asks } }, Set((Parked, sum.Count), (IsAsked, sum.IsAsked))));
        var result = await _partitions.BulkWriteAsync(session, updates, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == sums.Count;
    }

    /// <summary>The partitions as they are now, in the same order; null when one is not there any more.</summary>
    public async Task<IReadOnlyList<ViewPartition>?> ReadAgainAsync(
        IClientSessionHandle session, IReadOnlyList<ViewPartition> partitions, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(session, RecordIds.In(partitions.Select(RecordIds.OfPartition)), cancellationToken).ConfigureAwait(false);
        var byIndex = found.ToDictionary(partition => partition.Index);
        return byIndex.Count == partitions.Count ? [.. partitions.Select(partition => byIndex[partition.Index])] : null;
    }

    public Task RemoveAsync(string view, int number, CancellationToken cancellationToken)
        => _partitions.DeleteManyAsync(RecordIds.All(view, number), cancellationToken);

    private async Task<List<ViewPartition>> ReadAsync(IClientSessionHandle session, BsonDocument filter, CancellationToken cancellationToken)
    {
        var found = await _partitions.Find(session, filter).ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.Select(Read).OrderBy(partition => partition.Index)];
    }

    private static BsonDocument SameEpoch(ViewPartition partition)
        => new BsonDocument { { RecordIds.Id, RecordIds.OfPartition(partition) }, { Epoch, partition.Epoch } }.Merge(WhereHeld);

    private static BsonDocument Unchanged(ViewPartition partition) => SameEpoch(partition).Add(Position, partition.Position);

    private static BsonDocument Unchanged(IReadOnlyList<ViewPartition> partitions)
        => partitions is [var only] ? Unchanged(only) : new BsonDocument("$or", new BsonArray(partitions.Select(Unchanged)));

    private static BsonDocument Set(params IEnumerable<(string Name, BsonValue Value)> fields)
        => new("$set", new BsonDocument(fields.Select(field => new BsonElement(field.Name, field.Value))));

    private static BsonDocument Write(ViewPartition partition, long asks) => new()
    {
        { RecordIds.Id, RecordIds.OfPartition(partition) },
        { View, partition.View },
        { Number, partition.Number },
        { Index, partition.Index },
        { Position, partition.Position },
        { Epoch, partition.Epoch },
        { Owner, RecordValues.From(partition.Owner) },
        { Fault, RecordValues.From(partition.Fault) },
        { Parked, partition.Parked },
        { IsAsked, partition.IsAsked },
        { UpdatedAt, partition.UpdatedAt.UtcDateTime },
        { DroppedAt, BsonNull.Value },
        { Asks, asks },
        { Swaps, 0 },
    };
}
