using System.Globalization;
using System.Text;
using MongoDB.Bson;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>A query to a view as stages of a pipeline.</summary>
internal static class ViewFilter
{
    /// <summary>The documents with these ids, in no order.</summary>
    /// <param name="after">Only those that hold an event after this position; null: all.</param>
    public static BsonArray OfIds(IEnumerable<string> ids, long? after)
    {
        var match = RecordIds.In(ids);
        if (after is not null)
        {
            match.Add(StoredDocumentSerializer<object>.Position, new BsonDocument("$gt", after));
        }

        return [new BsonDocument("$match", match)];
    }

    /// <summary>The documents that fit, in the order asked for.</summary>
    /// <remarks>
    /// Without a collation texts are ordered by their UTF-8 bytes. That is the ordinal order, but for texts with characters beyond the 16
    /// bits of one UTF-16 unit.
    /// </remarks>
    public static BsonArray Of(View view, ViewQuery query)
    {
        var all = new BsonArray(query.Conditions.Select(ConditionOf));
        if (query.BeforeId is { } before)
        {
            all.Insert(0, new BsonDocument(RecordIds.Id, new BsonDocument("$lt", before)));
        }

        if (query.Sort is { } sort)
        {
            all.AddRange(Behind(view.FieldOf(sort.Field), sort, query.AfterId));
        }
        else if (query.AfterId is { } after)
        {
            all.Insert(0, new BsonDocument(RecordIds.Id, new BsonDocument("$gt", after)));
        }

        var stages = new BsonArray { new BsonDocument("$sort", OrderOf(query.Sort)), new BsonDocument("$limit", query.Limit) };
        if (all.Count > 0)
        {
            stages.Insert(0, new BsonDocument("$match", new BsonDocument("$and", all)));
        }

        return stages;
    }

    private static BsonDocument OrderOf(ViewSort? sort)
    {
        var way = sort is { Descending: true } ? -1 : 1;
        return sort is null ? new BsonDocument(RecordIds.Id, 1) : new BsonDocument { { sort.Field, way }, { RecordIds.Id, way } };
    }

    /// <summary>What a sorted query is about: documents that have such a value and, after a place, those behind it.</summary>
    private static IEnumerable<BsonDocument> Behind(ViewField field, ViewSort sort, string? afterId)
    {
        if (sort.After is not { } place)
        {
            // From the smallest on are all of that type, and no others.
            ViewValue smallest = field.Kind == ViewFieldKind.Plain ? long.MinValue : string.Empty;
            return [new BsonDocument(sort.Field, new BsonDocument("$gte", Bson(smallest)))];
        }

        // The first says where in the index to begin; the second leaves out what was seen of those that are equal.
        var (from, behind) = sort.Descending ? ("$lte", "$lt") : ("$gte", "$gt");
        return
        [
            new BsonDocument(sort.Field, new BsonDocument(from, Bson(place))),
            new BsonDocument("$or", new BsonArray
            {
                new BsonDocument(sort.Field, new BsonDocument(behind, Bson(place))),
                new BsonDocument(RecordIds.Id, new BsonDocument(behind, afterId)),
            }),
        ];
    }

    private static readonly BsonDocument s_nothing = new("$nor", new BsonArray { new BsonDocument() });

    private static BsonDocument ConditionOf(ViewCondition condition) => condition switch
    {
        // Numbers are compared with numbers only, and texts with texts, so nulls are out.
        ViewCondition.LessThan less => new BsonDocument(less.Field, new BsonDocument("$lt", Bson(less.Value))),
        ViewCondition.AtLeast least => new BsonDocument(least.Field, new BsonDocument("$gte", Bson(least.Value))),

        // Of a list that is any of its elements.
        ViewCondition.OneOf one => new BsonDocument(one.Field, new BsonDocument("$in", new BsonArray(one.Texts))),
        ViewCondition.Contains { Fields.Count: 0 } => s_nothing,
        ViewCondition.Contains contains
            => new BsonDocument("$or", new BsonArray(contains.Fields.Select(field => Contains(field, contains.Text)))),
        ViewCondition.Matches matches => Matches(matches.Field, SearchWords.InQuery(matches.Text)),
        _ => throw new ArgumentException($"Unknown condition {condition.GetType().Name}.", nameof(condition)),
    };

    private static BsonValue Bson(ViewValue value) => value.IsText ? value.Text : value.Number;

    /// <summary>Each word begins an element of the list: one range of its index each.</summary>
    private static BsonDocument Matches(string field, IReadOnlyList<string> words) => words.Count == 0
        ? s_nothing
        : new BsonDocument("$and", new BsonArray(words.Select(word => new BsonDocument(
            field, new BsonDocument("$elemMatch", new BsonDocument { { "$gte", word }, { "$lt", word + SearchWords.EndOfPrefix } })))));

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
}
