using System.Globalization;
using System.Text;
using MongoDB.Bson;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>A query to a view as stages of a pipeline.</summary>
internal static class ViewFilter
{
    /// <summary>Throws when the query can't be asked of the view.</summary>
    /// <exception cref="ArgumentException">It names a field that the view does not declare, or the limit is less than 1.</exception>
    public static void Validate(View view, ViewQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        foreach (var field in query.Conditions.SelectMany(FieldsOf))
        {
            if (!view.FieldNames.Contains(field, StringComparer.Ordinal))
            {
                throw new ArgumentException($"The view '{view.Name}' has no field '{field}'.", nameof(query));
            }
        }
    }

    /// <summary>The documents with these ids, in no order.</summary>
    public static BsonArray OfIds(IEnumerable<string> ids)
        => [new BsonDocument("$match", new BsonDocument(IdField, new BsonDocument("$in", new BsonArray(ids))))];

    /// <summary>The documents that fit, in the order of their ids.</summary>
    /// <remarks>Without a collation texts are ordered by their UTF-8 bytes. That is the ordinal order, but for ids with characters beyond the 16 bits of one UTF-16 unit.</remarks>
    public static BsonArray Of(ViewQuery query)
    {
        var all = new BsonArray(query.Conditions.Select(ConditionOf));
        if (query.AfterId is { } after)
        {
            all.Insert(0, new BsonDocument(IdField, new BsonDocument("$gt", after)));
        }

        var stages = new BsonArray
        {
            new BsonDocument("$sort", new BsonDocument(IdField, 1)),
            new BsonDocument("$limit", query.Limit),
        };
        if (all.Count > 0)
        {
            stages.Insert(0, new BsonDocument("$match", new BsonDocument("$and", all)));
        }

        return stages;
    }

    private const string IdField = "_id";

    private static BsonDocument ConditionOf(ViewCondition condition) => condition switch
    {
        // Numbers are compared with numbers only, so nulls and texts are out.
        ViewCondition.LessThan less => new BsonDocument(less.Field, new BsonDocument("$lt", less.Value)),
        ViewCondition.Contains { Fields.Count: 0 } => new BsonDocument("$nor", new BsonArray { new BsonDocument() }),
        ViewCondition.Contains contains => new BsonDocument("$or", new BsonArray(contains.Fields.Select(field => Contains(field, contains.Text)))),
        _ => throw new ArgumentException($"Unknown condition {condition.GetType().Name}.", nameof(condition)),
    };

    private static BsonDocument Contains(string field, string text)
        => new(field, new BsonDocument { { "$regex", Literally(text) }, { "$options", "i" } });

    /// <summary>A regular expression (PCRE) that matches the text itself.</summary>
    private static string Literally(string text)
    {
        var pattern = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            _ = c switch
            {
                _ when char.IsAsciiLetterOrDigit(c) || !char.IsAscii(c) => pattern.Append(c),
                _ when char.IsControl(c) => pattern.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => pattern.Append('\\').Append(c),
            };
        }

        return pattern.ToString();
    }

    private static IEnumerable<string> FieldsOf(ViewCondition condition) => condition switch
    {
        ViewCondition.LessThan less => [less.Field],
        ViewCondition.Contains contains => contains.Fields,
        _ => [],
    };
}
