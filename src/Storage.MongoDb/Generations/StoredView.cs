using MongoDB.Bson;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>A generation as the record of its view holds it. How far it is say its partitions' records.</summary>
/// <param name="State">Null: it was dropped, and its collection is removed some time later.</param>
/// <param name="DroppedAt">Null unless it was dropped.</param>
/// <param name="Partitions">How many it has.</param>
internal sealed record StoredGeneration(
    int Number, int Version, GenerationState? State, bool IsDeclined, DateTimeOffset? RetiredAt, DateTimeOffset? DroppedAt, int Partitions)
{
    public const string Dropped = "Dropped";

    public static StoredGeneration Of(ViewGeneration generation) => new(
        generation.Number, generation.Version, generation.State, generation.IsDeclined, generation.RetiredAt, DroppedAt: null,
        generation.Partitions.Count);

    public static StoredGeneration Read(BsonDocument record) => new(
        record["number"].AsInt32, record["version"].AsInt32,
        Enum.TryParse<GenerationState>(record["state"].AsString, out var state) ? state : null, record["declined"].AsBoolean,
        record["retiredAt"].ToTimeOrNull(), record["droppedAt"].ToTimeOrNull(), record["partitions"].AsInt32);

    public BsonDocument Write() => new()
    {
        { "number", Number }, { "version", Version }, { "state", State?.ToString() ?? Dropped }, { "declined", IsDeclined },
        { "retiredAt", RecordValues.From(RetiredAt) }, { "droppedAt", RecordValues.From(DroppedAt) }, { "partitions", Partitions },
    };

    /// <summary>The generation with its partitions; null when they are not all there.</summary>
    public ViewGeneration? Compose(string view, IEnumerable<ViewPartition> partitions)
    {
        List<ViewPartition> all = [.. partitions.OrderBy(partition => partition.Index)];
        return all.Count == Partitions && State is { } state
            ? new ViewGeneration(view, Number, Version, state, IsDeclined, RetiredAt, all)
            : null;
    }
}

/// <summary>A view's record in the collection <c>views</c>: its generations, by number, and those that were dropped lately.</summary>
/// <param name="Last">The last number that was given to a generation.</param>
internal sealed record StoredView(string View, int Last, IReadOnlyList<StoredGeneration> Generations)
{
    public IEnumerable<StoredGeneration> Visible => Generations.Where(generation => generation.State is not null);

    public StoredGeneration? Live => Generations.FirstOrDefault(generation => generation.State == GenerationState.Live);

    /// <summary>The generation with the number, unless it was dropped.</summary>
    public StoredGeneration? Find(int number) => Visible.FirstOrDefault(generation => generation.Number == number);

    /// <exception cref="ViewStoreFormatException">The record is one of a program before partitions.</exception>
    public static StoredView Read(BsonDocument record)
    {
        var view = record[RecordIds.Id].AsString;
        return record.TryGetValue("generations", out var generations)
            ? new StoredView(
                view, record["last"].AsInt32, [.. generations.AsBsonArray.Select(one => StoredGeneration.Read(one.AsBsonDocument))])
            : throw new ViewStoreFormatException(
                $"The record of the view '{view}' is of an older program. Let this one build the views anew in another database.");
    }

    /// <summary>What is to be stored for a changed record; generations that it has no more are dropped now.</summary>
    public StoredView Become(ViewRecord changed, DateTimeOffset now)
    {
        var dropped = Generations.Where(one => changed.Find(one.Number) is null)
            .Select(one => one with { State = null, DroppedAt = one.DroppedAt ?? now });
        var all = changed.Generations.Select(StoredGeneration.Of).Concat(dropped).OrderBy(one => one.Number);
        return new StoredView(View, changed.LastNumber, [.. all]);
    }
}
