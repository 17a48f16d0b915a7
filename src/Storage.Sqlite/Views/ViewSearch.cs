using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>A query to a view as SQL.</summary>
internal static class ViewSearch
{
    /// <summary>The SQL function that tells whether a text contains another, whatever the case. SQLite's own LIKE knows only ASCII's cases.</summary>
    public const string ContainsFunction = "contains_text";

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

    /// <summary>The statement, bound. Columns: position, body, id.</summary>
    public static ViewStatement Prepare(ViewConnection connection, View view, int number, ViewQuery query)
    {
        var columns = query.Conditions.Count == 0 ? null : ViewTable.ColumnsOf(connection, view.Name, number);
        var values = new List<object>();
        var where = new List<string>();
        if (query.AfterId is { } after)
        {
            where.Add($"id > {Parameter(values, after)}");
        }

        foreach (var condition in query.Conditions)
        {
            where.Add(condition switch
            {
                // The second half excludes what is not a number, and by that lets the index be used, which has only those.
                ViewCondition.LessThan less => $"{Value(less.Field)} < {Parameter(values, less.Value)} AND typeof({Value(less.Field)}) = 'integer'",
                ViewCondition.Contains contains => Contains(contains, Parameter(values, contains.Text)),
                _ => throw new ArgumentException($"Unknown condition {condition.GetType().Name}.", nameof(query)),
            });
        }

        var filter = where.Count == 0 ? string.Empty : $"WHERE {string.Join(" AND ", where)} ";
        var statement = connection.Prepare(
            $"SELECT position, body, id FROM {ViewTable.NameOf(view.Name, number)} {filter}ORDER BY id LIMIT {Parameter(values, (long)query.Limit)}");
        for (var i = 0; i < values.Count; i++)
        {
            _ = values[i] is long integer ? statement.Bind(i + 1, integer) : statement.Bind(i + 1, (string)values[i]);
        }

        return statement;

        string Contains(ViewCondition.Contains contains, string text) => contains.Fields.Count == 0
            ? "0"
            : $"({string.Join(" OR ", contains.Fields.Select(field => $"{ContainsFunction}({Value(field)}, {text})"))})";

        string Value(string field) => ViewTable.ValueOf(field, columns!);
    }

    private static IEnumerable<string> FieldsOf(ViewCondition condition) => condition switch
    {
        ViewCondition.LessThan less => [less.Field],
        ViewCondition.Contains contains => contains.Fields,
        _ => [],
    };

    private static string Parameter(List<object> values, object value)
    {
        values.Add(value);
        return $"?{values.Count}";
    }
}
