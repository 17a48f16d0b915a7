using MongoDB.Bson;

namespace Orderly.Storage.MongoDb;

/// <summary>How records hold what may be missing, and times: UTC, in milliseconds.</summary>
internal static class RecordValues
{
    public static BsonValue From(string? text) => text is null ? BsonNull.Value : text;

    public static BsonValue From(DateTimeOffset? time) => time is { } value ? value.UtcDateTime : BsonNull.Value;

    public static string? ToText(this BsonValue value) => value.IsBsonNull ? null : value.AsString;

    public static DateTimeOffset ToTime(this BsonValue value) => new(value.ToUniversalTime());

    public static DateTimeOffset? ToTimeOrNull(this BsonValue value) => value.IsBsonNull ? null : value.ToTime();

    /// <summary>A time as it will be read back.</summary>
    public static DateTimeOffset Rounded(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
