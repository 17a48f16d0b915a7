using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>A query to a view as SQL.</summary>
internal sealed class ViewSearch
{
    /// <summary>
    /// The SQL function that tells whether a text contains another, whatever the case. SQLite's own LIKE knows only ASCII's cases.
    /// </summary>
    public const string ContainsFunction = "contains_text";

    /// <summary>How many documents may have the words that are searched for, to be looked up and sorted one by one.</summary>
    private const int FewHits = 2_000;

    private readonly View _view;
    private readonly int _number;
    private readonly HashSet<string> _columns;
    private readonly List<ViewValue> _values = [];
    private readonly bool _isCommon;

    private ViewSearch(Connection connection, View view, int number, ViewQuery query)
    {
        (_view, _number) = (view, number);
        _columns = query is { Conditions.Count: 0, Sort: null } ? [] : ViewTable.ColumnsOf(connection, view.Name, number);
        _isCommon = IsCommon(connection, query);
    }

    /// <summary>The statement, bound. Columns: position, body, checksum, id.</summary>
    public static Statement Prepare(Connection connection, View view, int number, ViewQuery query)
    {
        var search = new ViewSearch(connection, view, number, query);
        var statement = connection.Prepare(search.SelectOf(query));
        for (var i = 0; i < search._values.Count; i++)
        {
            _ = search._values[i] is { Text: { } text } ? statement.Bind(i + 1, text) : statement.Bind(i + 1, search._values[i].Number);
        }

        return statement;
    }

    private string SelectOf(ViewQuery query)
    {
        var table = ViewTable.NameOf(_view.Name, _number);
        List<string> where = [];
        if (query.BeforeId is { } before)
        {
            where.Add($"id < {Parameter(before)}");
        }

        where.AddRange(query.Conditions.Select(Condition));
        if (query.Sort is not { } sort)
        {
            if (query.AfterId is { } after)
            {
                where.Add($"id > {Parameter(after)}");
            }

            return $"SELECT position, body, checksum, id FROM {table}{Where(where)} ORDER BY id LIMIT {Parameter(query.Limit)}";
        }

        var field = _view.FieldOf(sort.Field);
        var (value, way) = (Value(field), sort.Descending ? "DESC" : "ASC");
        where.Add(IsOfKind(field));
        if (sort.After is { } place)
        {
            where.Add($"({value}, id) {(sort.Descending ? '<' : '>')} ({Parameter(place)}, {Parameter(query.AfterId!)})");
        }

        // Which ones is decided without their bodies: where no index has the order, all that fit are sorted.
        var order = $"ORDER BY {value} {way}, id {way}";
        var found = $"SELECT rowid FROM {table}{Where(where)} {order} LIMIT {Parameter(query.Limit)}";
        return $"SELECT position, body, checksum, id FROM {table} WHERE rowid IN ({found}) {order}";
    }

    private string Condition(ViewCondition condition) => condition switch
    {
        ViewCondition.LessThan less => Compare(_view.FieldOf(less.Field), "<", less.Value),
        ViewCondition.AtLeast least => Compare(_view.FieldOf(least.Field), ">=", least.Value),
        ViewCondition.OneOf { Texts.Count: 0 } or ViewCondition.Contains { Fields.Count: 0 } => "0",
        ViewCondition.OneOf one => IsOneOf(_view.FieldOf(one.Field), string.Join(", ", one.Texts.Select(text => Parameter(text)))),
        ViewCondition.Contains contains => Contains(contains.Fields, Parameter(contains.Text)),
        ViewCondition.Matches matches => Matches(_view.FieldOf(matches.Field), SearchWords.InQuery(matches.Text)),
        _ => throw new ArgumentException($"Unknown condition {condition.GetType().Name}.", nameof(condition)),
    };

    // The second half excludes what is of another type, and by that lets the index be used, which has only those.
    private string Compare(ViewField field, string comparison, ViewValue value)
        => $"{Value(field)} {comparison} {Parameter(value)} AND {IsOfKind(field)}";

    private string IsOneOf(ViewField field, string texts)
    {
        if (field.Kind == ViewFieldKind.Keyword)
        {
            return $"{Value(field)} IN ({texts}) AND {IsOfKind(field)}";
        }

        return HasColumn(field)
            ? $"rowid IN (SELECT row FROM {ViewTable.ApartOf(_view.Name, _number, field)} WHERE value IN ({texts}))"
            : $"EXISTS (SELECT 1 FROM json_each(body, {ViewTable.PathOf(field)}) WHERE type = 'text' AND value IN ({texts}))";
    }

    private string Contains(IReadOnlyList<string> fields, string text)
        => $"({string.Join(" OR ", fields.Select(field => $"{ContainsFunction}({Value(_view.FieldOf(field))}, {text})"))})";

    private string Matches(ViewField field, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return "0";
        }

        if (HasColumn(field) && _isCommon)
        {
            // Along the sort's index, each document's own words are looked at, which stand there with a space between them.
            return string.Join(" AND ", words.Select(word => $"instr(' ' || {ViewTable.ColumnOf(field)}, {Parameter($" {word}")}) > 0"));
        }

        if (HasColumn(field))
        {
            var index = ViewTable.ApartOf(_view.Name, _number, field);
            return $"rowid IN (SELECT rowid FROM {index} WHERE {index} MATCH {Parameter(ExpressionOf(words))})";
        }

        return string.Join(" AND ", words.Select(word =>
            $"EXISTS (SELECT 1 FROM json_each(body, {ViewTable.PathOf(field)}) "
            + $"WHERE value >= {Parameter(word)} AND value < {Parameter(word + SearchWords.EndOfPrefix)})"));
    }

    // Each word in quotes, so that none is an operator. It has no quotes in itself.
    private static string ExpressionOf(IReadOnlyList<string> words) => string.Join(" AND ", words.Select(word => $"\"{word}\"*"));

    /// <summary>
    /// Whether nothing but words narrows the search, and so many documents have them that a page is found sooner along the sort's
    /// index than by sorting all of them.
    /// </summary>
    private bool IsCommon(Connection connection, ViewQuery query)
    {
        if (query.Sort is not { } sort
            || query.Conditions.OfType<ViewCondition.Matches>().ToList() is not [var matches]
            || query.Conditions.Any(one => one is not ViewCondition.Matches && !IsOnSort(one))
            || _view.FieldOf(matches.Field) is var field && !HasColumn(field)
            || SearchWords.InQuery(matches.Text) is var words && words.Count == 0)
        {
            return false;
        }

        var index = ViewTable.ApartOf(_view.Name, _number, field);
        return connection.Prepare($"SELECT count(*) FROM (SELECT 1 FROM {index} WHERE {index} MATCH ?1 LIMIT {FewHits + 1})")
            .Bind(1, ExpressionOf(words)).FirstLong() > FewHits;

        bool IsOnSort(ViewCondition condition)
            => condition is ViewCondition.LessThan less ? less.Field == sort.Field
                : condition is ViewCondition.AtLeast least && least.Field == sort.Field;
    }

    /// <summary>
    /// Whether the table has a column for the field. One that another version of the view made may have none; then the field is
    /// looked for in the documents.
    /// </summary>
    private bool HasColumn(ViewField field) => _columns.Contains(ViewTable.ColumnOf(field));

    private string Value(ViewField field) => ViewTable.ValueOf(field, _columns);

    private string IsOfKind(ViewField field) => $"typeof({Value(field)}) = {ViewTable.TypeOf(field.Kind)}";

    private string Parameter(ViewValue value)
    {
        _values.Add(value);
        return $"?{_values.Count}";
    }

    private static string Where(List<string> conditions)
        => conditions.Count == 0 ? string.Empty : $" WHERE {string.Join(" AND ", conditions)}";
}
