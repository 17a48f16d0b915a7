using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The table with the documents of one generation, such as <c>"order-details#3"</c>, to be read by people too:
/// <c>SELECT body FROM "order-details#3" WHERE id = '…'</c>.
/// </summary>
internal static class ViewTable
{
    public static string NameOf(string view, int number) => $"\"{view}#{number}\"";

    public static void Create(ViewConnection connection, View view, int number)
    {
        var table = NameOf(view.Name, number);

        // Rows in the order of their arrival and the ids in an index apart: a rebuild fills the file from front to
        // back, and only the small index is written here and there. The fields come before the body, so that a search
        // does not have to walk over it.
        var fields = string.Concat(view.FieldNames.Select(field => $"{ColumnOf(field)}, "));
        connection.Execute($"CREATE TABLE {table} (id TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL, {fields}body TEXT NOT NULL)");
        if (view.Graph is { } graph)
        {
            // A walk reads the strongest edges of a node from the index alone, but for their rows.
            connection.Execute(
                $"CREATE INDEX \"{view.Name}#{number} edges\" ON {table} ({ColumnOf(graph.From)}, {ColumnOf(graph.Weight)} DESC, {ColumnOf(graph.To)})");
        }

        foreach (var field in view.FieldNames.Except(view.Graph?.FieldNames ?? []))
        {
            // Only numbers are looked up by range; a text is searched for its parts, in which an index is no help.
            connection.Execute(
                $"CREATE INDEX \"{view.Name}#{number} {CheckedName(field)}\" ON {table} ({ColumnOf(field)}, id) WHERE typeof({ColumnOf(field)}) = 'integer'");
        }
    }

    public static void Drop(ViewConnection connection, string view, int number)
        => connection.Execute($"DROP TABLE IF EXISTS {NameOf(view, number)}");

    /// <summary>One document: ?1 its id. Columns: position, body.</summary>
    public static string Find(string view, int number)
        => $"SELECT position, body FROM {NameOf(view, number)} WHERE id = ?1";

    /// <summary>Puts a document in place: ?1 its id, ?2 position, ?3 body, from ?4 on the fields.</summary>
    public static string Upsert(View view, int number)
    {
        var columns = view.FieldNames.Select(ColumnOf).ToList();
        var names = string.Concat(columns.Select(column => $", {column}"));
        var values = string.Concat(columns.Select((_, i) => $", ?{i + 4}"));
        var updates = string.Concat(columns.Select(column => $", {column} = excluded.{column}"));
        return $"""
            INSERT INTO {NameOf(view.Name, number)} (id, position, body{names}) VALUES (?1, ?2, ?3{values})
            ON CONFLICT (id) DO UPDATE SET position = excluded.position, body = excluded.body{updates}
            """;
    }

    /// <summary>Removes a document: ?1 its id.</summary>
    public static string Delete(string view, int number) => $"DELETE FROM {NameOf(view, number)} WHERE id = ?1";

    /// <summary>The columns that the table has, quoted. It may have been made by another version of the view.</summary>
    public static HashSet<string> ColumnsOf(ViewConnection connection, string view, int number)
    {
        var columns = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var info = connection.Prepare("SELECT name FROM pragma_table_info(?1)").Bind(1, $"{view}#{number}");
        while (info.Step())
        {
            columns.Add($"\"{info.Text(0)}\"");
        }

        return columns;
    }

    /// <summary>The column of a field, quoted; its prefix keeps it apart from the table's own.</summary>
    public static string ColumnOf(string field) => $"\"field_{CheckedName(field)}\"";

    /// <summary>A field as an expression on the JSON, for tables that were made before it was declared.</summary>
    public static string PathOf(string field) => $"json_extract(body, '$.{CheckedName(field)}')";

    /// <summary>A field's value: its column where the table has it.</summary>
    /// <param name="columns">As <see cref="ColumnsOf"/> answers them.</param>
    public static string ValueOf(string field, HashSet<string> columns) => columns.Contains(ColumnOf(field)) ? ColumnOf(field) : PathOf(field);

    private static string CheckedName(string field)
        => field.Length > 0 && field.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')
            ? field
            : throw new ArgumentException($"'{field}' is not a field's name: ASCII letters, digits, '_' and, between the steps of a path, '.'.", nameof(field));
}
