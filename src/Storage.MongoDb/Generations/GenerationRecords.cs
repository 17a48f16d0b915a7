using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// The collections <c>generations</c>, a record for each generation, and <c>views</c>, for each view the number of its
/// live generation and the last number that was given away.
/// </summary>
/// <remarks>
/// Which generation is live says the view's record alone, so going live is one change of one record, with and without
/// transactions. What is dropped is marked first, which hides it and refuses every commit to it, and removed later: a
/// reader that has just learned its number finds its documents still.
/// </remarks>
internal sealed class GenerationRecords(IMongoDatabase database)
{
    public const string Generations = "generations";

    public const string Views = "views";

    /// <summary>The fencing token of a new generation. No two generations share a number, so each starts with the same one.</summary>
    private const long FirstEpoch = 1;

    private const string Id = "_id";
    private const string View = "view";
    private const string Number = "number";
    private const string Version = "version";
    private const string Live = "live";
    private const string Position = "position";
    private const string Epoch = "epoch";
    private const string Owner = "owner";
    private const string Fault = "fault";
    private const string UpdatedAt = "updatedAt";
    private const string DroppedAt = "droppedAt";
    private const string Last = "last";

    // Its own view's record, from which it is known whether the generation is live.
    private static readonly BsonDocument[] s_all =
    [
        new("$sort", new BsonDocument { { View, 1 }, { Number, 1 } }),
        new("$lookup", new BsonDocument { { "from", Views }, { "localField", View }, { "foreignField", Id }, { "as", Views } }),
    ];

    private readonly IMongoCollection<BsonDocument> _generations = database.GetCollection<BsonDocument>(Generations);
    private readonly IMongoCollection<BsonDocument> _views = database.GetCollection<BsonDocument>(Views);

    public static string IdOf(string view, int number) => $"{view}#{number}";

    /// <summary>A time as these records keep it: UTC, in milliseconds.</summary>
    public static DateTimeOffset Rounded(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    /// <summary>All that were not dropped, by view and number.</summary>
    public async Task<List<ViewGeneration>> ReadAllAsync(ReadConcern readConcern, CancellationToken cancellationToken)
    {
        var records = await _generations.WithReadConcern(readConcern)
            .Aggregate<BsonDocument>(s_all, cancellationToken: cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. from record in records
               let isLive = record[Views].AsBsonArray is [var view] && LiveNumber(view.AsBsonDocument) == record[Number].AsInt32
               where isLive || record[DroppedAt].IsBsonNull
               select Read(record, isLive),
        ];
    }

    /// <summary>The number of the live generation; null when there is none.</summary>
    public async Task<int?> FindLiveNumberAsync(string view, CancellationToken cancellationToken)
        => LiveNumber(await FindAsync(_views, null, view, cancellationToken).ConfigureAwait(false));

    public async Task<bool> ExistsAsync(string view, int number, CancellationToken cancellationToken)
        => await FindAsync(_generations, null, IdOf(view, number), cancellationToken).ConfigureAwait(false) is { } record && record[DroppedAt].IsBsonNull;

    /// <summary>The live generation, if it is there and marked as such; a view can be in the midst of getting its first one.</summary>
    public async Task<ViewGeneration?> FindLiveAsync(string view, CancellationToken cancellationToken)
        => await FindLiveNumberAsync(view, cancellationToken).ConfigureAwait(false) is { } number
            && await FindAsync(_generations, null, IdOf(view, number), cancellationToken).ConfigureAwait(false) is { } record
            && record[Live].AsBoolean && record[DroppedAt].IsBsonNull
            ? Read(record, isLive: true)
            : null;

    /// <summary>The number of the live generation; a new number, if there is none. Its record may be missing yet.</summary>
    public async Task<int> EnsureLiveNumberAsync(string view, CancellationToken cancellationToken)
    {
        while (true)
        {
            var record = await FindAsync(_views, null, view, cancellationToken).ConfigureAwait(false);
            if (LiveNumber(record) is { } live)
            {
                return live;
            }

            // Who comes second finds its condition void, or the record there, and looks again.
            var last = record is null ? 0 : record[Last].AsInt32;
            if (record is null)
            {
                await TryInsertAsync(_views, new BsonDocument { { Id, view }, { Live, last + 1 }, { Last, last + 1 } }, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await _views.UpdateOneAsync(
                    new BsonDocument { { Id, view }, { Live, BsonNull.Value }, { Last, last } },
                    Set((Live, last + 1), (Last, last + 1)),
                    cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A number that no generation of the view has had.</summary>
    public async Task<int> NextNumberAsync(string view, CancellationToken cancellationToken)
    {
        while (true)
        {
            var record = await _views.FindOneAndUpdateAsync<BsonDocument>(
                new BsonDocument(Id, view),
                new BsonDocument("$inc", new BsonDocument(Last, 1)),
                new FindOneAndUpdateOptions<BsonDocument> { ReturnDocument = ReturnDocument.After },
                cancellationToken).ConfigureAwait(false);
            if (record is not null)
            {
                return record[Last].AsInt32;
            }

            await TryInsertAsync(_views, new BsonDocument { { Id, view }, { Live, BsonNull.Value }, { Last, 0 } }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the record of a generation that is empty, at position 0; nothing happens when it is there.</summary>
    public async Task<ViewGeneration> AddAsync(View view, int number, bool isLive, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = new ViewGeneration(view.Name, number, view.Version, isLive, 0, FirstEpoch, null, null, Rounded(now));
        await TryInsertAsync(_generations, Write(added), cancellationToken).ConfigureAwait(false);
        return added;
    }

    /// <summary>Makes a live generation's record say so. Where there are no transactions, a swap that was cut off can have left it half done.</summary>
    public Task ConfirmLiveAsync(string view, int number, CancellationToken cancellationToken)
        => _generations.UpdateOneAsync(
            new BsonDocument(Id, IdOf(view, number)), Set((Live, true), (DroppedAt, BsonNull.Value)), cancellationToken: cancellationToken);

    /// <summary>Whether the generation is where, and whose, it was.</summary>
    public Task<bool> IsCurrentAsync(ViewGeneration generation, CancellationToken cancellationToken)
        => _generations.Find(Unchanged(generation)).AnyAsync(cancellationToken);

    /// <summary>Moves a generation on and clears its fault. Null when it is not where, or whose, it was.</summary>
    public async Task<ViewGeneration?> AdvanceAsync(
        IClientSessionHandle? session, ViewGeneration generation, long position, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var update = Set((Position, position), (Fault, BsonNull.Value), (UpdatedAt, now.UtcDateTime));
        var options = new FindOneAndUpdateOptions<BsonDocument> { ReturnDocument = ReturnDocument.After };
        var record = session is null
            ? await _generations.FindOneAndUpdateAsync<BsonDocument>(Unchanged(generation), update, options, cancellationToken).ConfigureAwait(false)
            : await _generations.FindOneAndUpdateAsync<BsonDocument>(session, Unchanged(generation), update, options, cancellationToken).ConfigureAwait(false);
        return record is null ? null : Read(record, record[Live].AsBoolean);
    }

    /// <summary>Changes the owner and raises the epoch. Null when owner or epoch is another one, or the generation is not there.</summary>
    public async Task<ViewGeneration?> TakeAsync(ViewGeneration seen, string owner, CancellationToken cancellationToken)
    {
        var record = await _generations.FindOneAndUpdateAsync<BsonDocument>(
            SameEpoch(seen).Add(Owner, seen.Owner is { } before ? before : BsonNull.Value),
            new BsonDocument { { "$set", new BsonDocument(Owner, owner) }, { "$inc", new BsonDocument(Epoch, 1L) } },
            new FindOneAndUpdateOptions<BsonDocument> { ReturnDocument = ReturnDocument.After },
            cancellationToken).ConfigureAwait(false);
        return record is null ? null : Read(record, record[Live].AsBoolean);
    }

    /// <summary>False when the generation has another epoch, or is not there.</summary>
    public async Task<bool> TryReleaseAsync(ViewGeneration held, CancellationToken cancellationToken)
    {
        var result = await _generations.UpdateOneAsync(
            SameEpoch(held), Set((Owner, BsonNull.Value)), cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == 1;
    }

    /// <summary>False when the generation has another epoch, or is not there.</summary>
    public async Task<bool> TrySetFaultAsync(ViewGeneration generation, string fault, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var result = await _generations.UpdateOneAsync(
            SameEpoch(generation), Set((Fault, fault), (UpdatedAt, now.UtcDateTime)), cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount == 1;
    }

    /// <summary>
    /// Makes a generation the live one and drops the one that was. Null when another process came between; nothing
    /// is changed then, where there are transactions, or it is undone.
    /// </summary>
    public async Task<SwapResult?> TrySwapAsync(
        IClientSessionHandle session, string view, int number, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var old = LiveNumber(await FindAsync(_views, session, view, cancellationToken).ConfigureAwait(false));
        var next = await FindAsync(_generations, session, IdOf(view, number), cancellationToken).ConfigureAwait(false);
        if (next is null || !next[DroppedAt].IsBsonNull)
        {
            return new SwapResult(IsLive: false, Replaced: null);
        }

        if (old == number)
        {
            return new SwapResult(IsLive: true, Replaced: null);
        }

        var position = next[Position].ToInt64();
        var current = old is { } live ? await FindAsync(_generations, session, IdOf(view, live), cancellationToken).ConfigureAwait(false) : null;
        if (current?[Position].ToInt64() > position)
        {
            return new SwapResult(IsLive: false, Replaced: null);
        }

        // In this order, so that without a transaction what the view's record points to is ready at any time.
        await SetLiveAsync(true).ConfigureAwait(false);
        if (!await PointAsync(old, number).ConfigureAwait(false))
        {
            await SetLiveAsync(false).ConfigureAwait(false);
            return null;
        }

        if (current is not null && !await TryRetireAsync(current).ConfigureAwait(false))
        {
            await PointAsync(number, old).ConfigureAwait(false);
            await SetLiveAsync(false).ConfigureAwait(false);
            return null;
        }

        return new SwapResult(IsLive: true, old);

        Task SetLiveAsync(bool isLive) => _generations.UpdateOneAsync(
            session, new BsonDocument(Id, IdOf(view, number)), Set((Live, isLive)), cancellationToken: cancellationToken);

        async Task<bool> PointAsync(int? from, int? to)
        {
            var condition = new BsonDocument { { Id, view }, { Live, NumberOrNull(from) } };
            var result = await _views.UpdateOneAsync(session, condition, Set((Live, NumberOrNull(to))), cancellationToken: cancellationToken).ConfigureAwait(false);
            return result.MatchedCount == 1;
        }

        // Not when it has gone on meanwhile, past the one that is to replace it.
        async Task<bool> TryRetireAsync(BsonDocument retired)
        {
            var condition = new BsonDocument { { Id, retired[Id] }, { Position, new BsonDocument("$lte", position) } };
            var update = Set((Live, false), (DroppedAt, now.UtcDateTime));
            var result = await _generations.UpdateOneAsync(session, condition, update, cancellationToken: cancellationToken).ConfigureAwait(false);
            return result.MatchedCount == 1;
        }
    }

    /// <summary>Marks a generation as dropped, unless it is live; nothing happens when it is not there.</summary>
    public async Task<bool> TryDropAsync(string view, int number, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await FindLiveNumberAsync(view, cancellationToken).ConfigureAwait(false) == number)
        {
            return false;
        }

        var id = IdOf(view, number);
        await _generations.UpdateOneAsync(
            new BsonDocument { { Id, id }, { Live, false }, { DroppedAt, BsonNull.Value } }, Set((DroppedAt, now.UtcDateTime)), cancellationToken: cancellationToken).ConfigureAwait(false);

        // Another process may have made it the live one just now.
        if (await FindLiveNumberAsync(view, cancellationToken).ConfigureAwait(false) != number)
        {
            return true;
        }

        await ConfirmLiveAsync(view, number, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Removes generations that were dropped before a time, documents first.</summary>
    public async Task RemoveDroppedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var dropped = await _generations.Find(new BsonDocument(DroppedAt, new BsonDocument("$lte", before.UtcDateTime)))
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        foreach (var record in dropped)
        {
            var (view, number) = (record[View].AsString, record[Number].AsInt32);
            if (await FindLiveNumberAsync(view, cancellationToken).ConfigureAwait(false) != number)
            {
                await database.DropCollectionAsync(ViewCollection.NameOf(view, number), cancellationToken).ConfigureAwait(false);
                await _generations.DeleteOneAsync(new BsonDocument(Id, record[Id]), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<BsonDocument?> FindAsync(
        IMongoCollection<BsonDocument> collection, IClientSessionHandle? session, string id, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument(Id, id);
        var found = session is null ? collection.Find(filter) : collection.Find(session, filter);
        return await found.FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task TryInsertAsync(IMongoCollection<BsonDocument> collection, BsonDocument record, CancellationToken cancellationToken)
    {
        try
        {
            await collection.InsertOneAsync(record, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (MongoWriteException e) when (MongoErrors.IsDuplicateKey(e))
        {
            // Another process was first.
        }
    }

    private static BsonDocument SameEpoch(ViewGeneration generation) => new()
    {
        { Id, IdOf(generation.View, generation.Number) }, { Epoch, generation.Epoch }, { DroppedAt, BsonNull.Value },
    };

    private static BsonDocument Unchanged(ViewGeneration generation) => SameEpoch(generation).Add(Position, generation.Position);

    private static BsonDocument Set(params IEnumerable<(string Name, BsonValue Value)> fields)
        => new("$set", new BsonDocument(fields.Select(field => new BsonElement(field.Name, field.Value))));

    private static string? TextOrNull(BsonValue value) => value.IsBsonNull ? null : value.AsString;

    private static BsonValue NumberOrNull(int? number) => number is { } value ? value : BsonNull.Value;

    private static int? LiveNumber(BsonDocument? view) => view is null || view[Live].IsBsonNull ? null : view[Live].AsInt32;

    private static BsonDocument Write(ViewGeneration generation) => new()
    {
        { Id, IdOf(generation.View, generation.Number) },
        { View, generation.View },
        { Number, generation.Number },
        { Version, generation.Version },
        { Live, generation.IsLive },
        { Position, generation.Position },
        { Epoch, generation.Epoch },
        { Owner, BsonNull.Value },
        { Fault, BsonNull.Value },
        { UpdatedAt, generation.UpdatedAt.UtcDateTime },
        { DroppedAt, BsonNull.Value },
    };

    private static ViewGeneration Read(BsonDocument record, bool isLive) => new(
        record[View].AsString,
        record[Number].AsInt32,
        record[Version].AsInt32,
        isLive,
        record[Position].ToInt64(),
        record[Epoch].ToInt64(),
        TextOrNull(record[Owner]),
        TextOrNull(record[Fault]),
        new DateTimeOffset(record[UpdatedAt].ToUniversalTime()));
}

/// <param name="IsLive">Whether the generation is the live one now.</param>
/// <param name="Replaced">The number of the one that it replaced, if any.</param>
internal sealed record SwapResult(bool IsLive, int? Replaced);
