using MongoDB.Bson;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// The ids of records. They begin with what a record belongs to, so the index of ids, which every collection has, also finds
/// all records of a view or of a generation. A view's name has neither <c>#</c> nor <c>/</c> in it.
/// </summary>
internal static class RecordIds
{
    public const string Id = "_id";

    public static string OfPartition(string view, int number, int index) => $"{view}#{number}/{index}";

    public static string OfPartition(ViewPartition partition) => OfPartition(partition.View, partition.Number, partition.Index);

    public static string OfParked(ParkedEvent parked)
        => Of($"{parked.View}#{parked.Number}/{parked.Partition}/{parked.Position}", parked.Document);

    public static string OfSkipped(SkippedEvent skipped) => Of($"{skipped.View}#{skipped.Position}", skipped.Document);

    /// <summary>A condition: all records of a view.</summary>
    public static BsonDocument All(string view) => BeginningWith($"{view}#");

    /// <summary>A condition: all records of a generation.</summary>
    public static BsonDocument All(string view, int number) => BeginningWith($"{view}#{number}/");

    public static BsonDocument In(IEnumerable<string> ids) => new(Id, new BsonDocument("$in", new BsonArray(ids)));

    private static string Of(string place, string? document) => document is null ? place : $"{place}/{document}";

    private static BsonDocument BeginningWith(string start)
        => new(Id, new BsonDocument { { "$gte", start }, { "$lt", start[..^1] + (char)(start[^1] + 1) } });
}
