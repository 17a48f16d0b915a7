using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The table with the documents of one generation, such as <c>"order-details#3"</c>, to be read by people too:
/// <c>SELECT body FROM "order-details#3" WHERE id = '…'</c>.
/// </summary>
internal static class ViewTable
{
    /// <summary>The number of the first field's parameter in <see cref="Upsert"/>.</summary>
    public const int FirstField = 5;

    private const string ListPrefix = "list_";
    private const string WordsPrefix = "words_";

    public static string NameOf(string view, int number) => $"\"{view}#{number}\"";

    public static void Create(Connection connection, View view, int number)
    {
        var table = NameOf(view.Name, number);

        // Rows in the order of their arrival and the ids in an index apart: a rebuild fills the file from front to
        // back, and only the small index is written here and there. The fields come before the body, so that a search
        // does not have to walk over it. The row's number has a name, or VACUUM would give it another one.
        var fields = string.Concat(view.Fields.Select(field => $"{ColumnOf(field)}, "));
        connection.Execute(
            $"CREATE TABLE {table} (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, position INTEGER NOT NULL, "
            + $"{fields}body TEXT NOT NULL, checksum INTEGER NOT NULL)");
        if (view.Graph is { } graph)
        {
            // A walk reads the strongest edges of a node from the index alone, but for their rows.
            var (from, to, weight) = (Column(graph.From), Column(graph.To), Column(graph.Weight));
            connection.Execute($"CREATE INDEX \"{view.Name}#{number} edges\" ON {table} ({from}, {weight} DESC, {to})");
        }

        foreach (var field in view.Fields.Where(field => view.Graph?.FieldNames.Contains(field.Name) != true))
        {
            CreateIndex(connection, view.Name, number, field);
        }

        foreach (var index in view.Indexes)
        {
            var columns = string.Join(", ", index.Select(Column));
            connection.Execute($"CREATE INDEX \"{view.Name}#{number} {string.Join('+', index)}\" ON {table} ({columns}, id)");
        }

        string Column(string name) => ColumnOf(view.FieldOf(name));
    }

    /// <param name="isDamaged">Whether pages of it may be damaged (<see cref="Connection.DropDamaged"/>).</param>
    public static void Drop(Connection connection, string view, int number, bool isDamaged)
    {
        foreach (var column in ColumnsOf(connection, view, number).Where(IsApart))
        {
            DropTable(Apart(view, number, column));
        }

        DropTable(NameOf(view, number));

        void DropTable(string table)
        {
            if (isDamaged)
            {
                connection.DropDamaged(table);
            }
            else
            {
                connection.Execute($"DROP TABLE IF EXISTS {table}");
            }
        }

        static bool IsApart(string column)
            => new[] { ListPrefix, WordsPrefix }.Any(prefix => column.StartsWith($"\"{prefix}", StringComparison.Ordinal));
    }

    /// <summary>One document: ?1 its id. Columns: position, body, checksum.</summary>
    public static string Find(string view, int number) => $"SELECT position, body, checksum FROM {NameOf(view, number)} WHERE id = ?1";

    /// <summary>Puts a document in place: ?1 its id, ?2 position, ?3 body, ?4 checksum, from ?5 on the fields.</summary>
    public static string Upsert(View view, int number)
    {
        var columns = view.Fields.Select(ColumnOf).ToList();
        var names = string.Concat(columns.Select(column => $", {column}"));
        var values = string.Concat(columns.Select((_, i) => $", ?{i + FirstField}"));
        var updates = string.Concat(columns.Select(column => $", {column} = excluded.{column}"));
        return $"""
            INSERT INTO {NameOf(view.Name, number)} (id, position, body, checksum{names}) VALUES (?1, ?2, ?3, ?4{values})
            ON CONFLICT (id) DO UPDATE
            SET position = excluded.position, body = excluded.body, checksum = excluded.checksum{updates}
            """;
    }

    /// <summary>Removes a document: ?1 its id.</summary>
    public static string Delete(string view, int number) => $"DELETE FROM {NameOf(view, number)} WHERE id = ?1";

    /// <summary>The columns that the table has, quoted. It may have been made by another version of the view.</summary>
    public static HashSet<string> ColumnsOf(Connection connection, string view, int number)
    {
        var columns = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var info = connection.Prepare("SELECT name FROM pragma_table_info(?1)").Bind(1, $"{view}#{number}");
        while (info.Step())
        {
            columns.Add($"\"{info.Text(0)}\"");
        }

        return columns;
    }

    /// <summary>
    /// The column of a field, quoted. Its prefix keeps it apart from the table's own columns, and says in which form the field is
    /// stored: a table that was made when the field was of another kind has another column.
    /// </summary>
    public static string ColumnOf(ViewField field) => $"\"{PrefixOf(field.Kind)}{CheckedName(field.Name)}\"";

    /// <summary>
    /// The table, quoted, with the values of a field that has several. For <see cref="ViewFieldKind.Keywords"/> it has value and row,
    /// for <see cref="ViewFieldKind.Words"/> it is a full-text index by rowid. Triggers keep it, in the transaction that writes the
    /// document.
    /// </summary>
    public static string ApartOf(string view, int number, ViewField field) => Apart(view, number, ColumnOf(field));

    /// <summary>A field's value: its column, or in a table that was made before it was declared, an expression on the JSON.</summary>
    /// <param name="columns">As <see cref="ColumnsOf"/> answers them.</param>
    public static string ValueOf(ViewField field, HashSet<string> columns)
        => columns.Contains(ColumnOf(field)) ? ColumnOf(field) : $"json_extract(body, {PathOf(field)})";

    /// <summary>Where a field is in the JSON, as an SQL text.</summary>
    public static string PathOf(ViewField field) => $"'$.{CheckedName(field.Name)}'";

    /// <summary>What SQLite calls the type of a value that is compared or sorted by; the index of a field has only those.</summary>
    public static string TypeOf(ViewFieldKind kind) => kind == ViewFieldKind.Plain ? "'integer'" : "'text'";

    private static void CreateIndex(Connection connection, string view, int number, ViewField field)
    {
        var (table, column) = (NameOf(view, number), ColumnOf(field));
        switch (field.Kind)
        {
            case ViewFieldKind.Keywords:
                var values = ApartOf(view, number, field);
                connection.Execute(
                    $"CREATE TABLE {values} (value TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (value, row)) WITHOUT ROWID");
                CreateTriggers(
                    connection, table, column, add: $"INSERT INTO {values} SELECT DISTINCT value, new.row FROM json_each(new.{column})",
                    remove: $"DELETE FROM {values} WHERE row = old.row AND value IN (SELECT value FROM json_each(old.{column}))");
                break;
            case ViewFieldKind.Words:
                // SearchWords has made the words, so the index only parts them at the spaces. It has neither their places nor a copy
                // of the text: it is only asked which rows have a word.
                var words = ApartOf(view, number, field);
                connection.Execute(
                    $"CREATE VIRTUAL TABLE {words} USING fts5("
                    + "words, content='', columnsize=0, detail=none, tokenize=\"ascii tokenchars '-_'\")");
                CreateTriggers(
                    connection, table, column, add: $"INSERT INTO {words} (rowid, words) VALUES (new.row, new.{column})",
                    remove: $"INSERT INTO {words} ({words}, rowid, words) VALUES ('delete', old.row, old.{column})");
                break;
            default:
                // A text that is searched for its parts is in no index: it would be no help.
                connection.Execute(
                    $"CREATE INDEX \"{view}#{number} {CheckedName(field.Name)}\" ON {table} ({column}, id) "
                    + $"WHERE typeof({column}) = {TypeOf(field.Kind)}");
                break;
        }
    }

    /// <summary>Lets what lies apart follow a column. Most writes leave it as it was, and cost nothing there.</summary>
    private static void CreateTriggers(Connection connection, string table, string column, string add, string remove)
    {
        string Name(string when) => $"{table[..^1]} {column[1..^1]} {when}\"";
        connection.Execute($"CREATE TRIGGER {Name("inserted")} AFTER INSERT ON {table} BEGIN {add}; END");
        connection.Execute($"CREATE TRIGGER {Name("deleted")} AFTER DELETE ON {table} BEGIN {remove}; END");
        connection.Execute(
            $"CREATE TRIGGER {Name("changed")} AFTER UPDATE OF {column} ON {table} WHEN old.{column} <> new.{column} "
            + $"BEGIN {remove}; {add}; END");
    }

    private static string Apart(string view, int number, string column) => $"\"{view}#{number} {column[1..^1]}\"";

    private static string PrefixOf(ViewFieldKind kind) => kind switch
    {
        ViewFieldKind.Keywords => ListPrefix,
        ViewFieldKind.Words => WordsPrefix,
        _ => "field_",
    };

    private static string CheckedName(string field)
        => field.Length > 0 && field.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')
            ? field
            : throw new ArgumentException(
                $"'{field}' is not a field's name: ASCII letters, digits, '_' and, between the steps of a path, '.'.", nameof(field));
}
