using MongoDB.Bson;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>What a generation is for, with the steps before and after what the port knows of.</summary>
internal enum RecordState
{
    /// <summary>Its number is given away, its partitions and its collection are being made. Then it is live.</summary>
    Opening,

    /// <summary>The same, and then it is building.</summary>
    Starting,

    Building,
    Live,
    Retired,

    /// <summary>Nobody sees it any more. It is removed some time later.</summary>
    Dropped,
}

/// <summary>A generation as its view's record holds it. How far it is say its partitions' records.</summary>
/// <param name="Partitions">How many it has.</param>
internal sealed record GenerationRecord(
    int Number, int Version, RecordState State, bool IsDeclined, DateTimeOffset? RetiredAt, DateTimeOffset? DroppedAt, int Partitions)
{
    public bool IsVisible => State is RecordState.Building or RecordState.Live or RecordState.Retired;
}

/// <summary>A view's record: all its generations, and which of them is live.</summary>
/// <remarks>
/// It is one record of one document, and every change names the revision that it was made from. So each change is atomic,
/// on a standalone server too, and of two that are made at once the second is made anew.
/// </remarks>
/// <param name="Revision">Counts the changes.</param>
/// <param name="Last">The last number that was given to a generation.</param>
internal sealed record ViewRecord(string View, long Revision, int Last, IReadOnlyList<GenerationRecord> Generations)
{
    public GenerationRecord? Live => Generations.FirstOrDefault(generation => generation.State == RecordState.Live);

    /// <summary>The one that was retired last.</summary>
    public GenerationRecord? Retired
        => Generations.Where(generation => generation.State == RecordState.Retired).MaxBy(generation => (generation.RetiredAt, generation.Number));

    /// <summary>The generation with the number, unless it is not ready yet or dropped.</summary>
    public GenerationRecord? Find(int number) => Generations.FirstOrDefault(generation => generation.Number == number && generation.IsVisible);

    public GenerationRecord? Find(RecordState state, int version)
        => Generations.FirstOrDefault(generation => generation.State == state && generation.Version == version);

    /// <summary>Whether a version is to be built unasked: it is newer than what is live, and was not declined.</summary>
    public bool Wants(int version)
        => !Generations.Any(one => (one.State == RecordState.Live && one.Version >= version) || (one is { IsVisible: true, IsDeclined: true } && one.Version == version));

    /// <summary>Gives a number to a new generation, which is made then.</summary>
    /// <param name="state">What it is made for: <see cref="RecordState.Opening"/> or <see cref="RecordState.Starting"/>.</param>
    public ViewRecord Add(RecordState state, int version, int partitions) => this with
    {
        Last = Last + 1,
        Generations = [.. Generations, new GenerationRecord(Last + 1, version, state, false, null, null, partitions)],
    };

    /// <summary>Makes a new generation, of which all is there now, the live one. The view has none yet.</summary>
    public ViewRecord Open(int number, DateTimeOffset now) => Change(generation => generation switch
    {
        _ when generation.Number == number => generation with { State = RecordState.Live },
        { State: RecordState.Opening } => Dropped(generation, now),
        _ => generation,
    });

    /// <summary>Makes a new generation, of which all is there now, one that is being built.</summary>
    public ViewRecord Start(int number)
        => Change(generation => generation.Number == number ? generation with { State = RecordState.Building } : generation);

    /// <summary>Makes a generation that is being built the live one.</summary>
    /// <remarks>Those that were retired before are dropped, but for one that was declined and is of a later version.</remarks>
    public ViewRecord Swap(int number, DateTimeOffset now) => Change(generation => generation switch
    {
        _ when generation.Number == number => generation with { State = RecordState.Live, IsDeclined = false, RetiredAt = null },
        { State: RecordState.Live } => generation with { State = RecordState.Retired, RetiredAt = now },
        { State: RecordState.Retired } when !(generation.IsDeclined && generation.Version > Find(number)?.Version) => Dropped(generation, now),
        _ => generation,
    });

    /// <summary>Makes the retired generation one that is being built, in the place of those that were.</summary>
    public ViewRecord RollBack(DateTimeOffset now) => Change(generation => generation.State switch
    {
        RecordState.Retired when generation == Retired => generation with { State = RecordState.Building, IsDeclined = false, RetiredAt = null },
        RecordState.Live => generation with { IsDeclined = true },
        RecordState.Building => Dropped(generation, now),
        _ => generation,
    });

    public ViewRecord Repartition(int number, int partitions)
        => Change(generation => generation.Number == number ? generation with { Partitions = partitions } : generation);

    public ViewRecord Drop(int number, DateTimeOffset now)
        => Change(generation => generation.Number == number ? Dropped(generation, now) : generation);

    public ViewRecord DropAll(DateTimeOffset now) => Change(generation => Dropped(generation, now));

    /// <summary>The generations that a change to another record drops.</summary>
    public IEnumerable<int> DroppedBy(ViewRecord next)
        => from generation in Generations where generation.IsVisible && next.Find(generation.Number) is null select generation.Number;

    public BsonDocument Write() => new()
    {
        { RecordIds.Id, View },
        { "revision", Revision },
        { "last", Last },
        { "generations", new BsonArray(Generations.Select(Write)) },
    };

    /// <exception cref="ViewStoreFormatException">The record is one of a program before partitions.</exception>
    public static ViewRecord Read(BsonDocument record)
    {
        var view = record[RecordIds.Id].AsString;
        return record.TryGetValue("generations", out var generations)
            ? new ViewRecord(
                view, record["revision"].ToInt64(), record["last"].AsInt32, [.. generations.AsBsonArray.Select(generation => ReadGeneration(generation.AsBsonDocument))])
            : throw new ViewStoreFormatException($"The record of the view '{view}' is of an older program. Let this one build the views anew in another database.");
    }

    private static GenerationRecord Dropped(GenerationRecord generation, DateTimeOffset now)
        => generation.State == RecordState.Dropped ? generation : generation with { State = RecordState.Dropped, DroppedAt = now };

    private ViewRecord Change(Func<GenerationRecord, GenerationRecord> change) => this with { Generations = [.. Generations.Select(change)] };

    private static BsonDocument Write(GenerationRecord generation) => new()
    {
        { "number", generation.Number },
        { "version", generation.Version },
        { "state", generation.State.ToString() },
        { "declined", generation.IsDeclined },
        { "retiredAt", RecordValues.From(generation.RetiredAt) },
        { "droppedAt", RecordValues.From(generation.DroppedAt) },
        { "partitions", generation.Partitions },
    };

    private static GenerationRecord ReadGeneration(BsonDocument record) => new(
        record["number"].AsInt32,
        record["version"].AsInt32,
        Enum.Parse<RecordState>(record["state"].AsString),
        record["declined"].AsBoolean,
        record["retiredAt"].ToTimeOrNull(),
        record["droppedAt"].ToTimeOrNull(),
        record["partitions"].AsInt32);
}
