using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The records of the generations, read and written inside a transaction of the caller.</summary>
internal static class ViewGenerations
{
    private const string Columns = $"g.view, g.number, g.version, l.number IS NOT NULL, g.declined, g.retired_at, {ViewPartitions.Columns}";

    private const string Tables =
        "generations g JOIN partitions p ON p.view = g.view AND p.number = g.number "
        + "LEFT JOIN live l ON l.view = g.view AND l.number = g.number";

    private const string Order = "ORDER BY g.view, g.number, p.idx";

    private const int FirstOfPartition = 6;

    // The hottest statement: what a query needs to know and nothing more.
    private const string LivePosition =
        "SELECT l.number, min(p.position) FROM live l JOIN partitions p ON p.view = l.view AND p.number = l.number WHERE l.view = ?1";

    public static IReadOnlyList<ViewGeneration> ReadAll(Connection connection)
        => Read(connection.Prepare($"SELECT {Columns} FROM {Tables} {Order}"));

    /// <summary>The generations of one view, by number.</summary>
    public static List<ViewGeneration> ReadOf(Connection connection, string view)
        => Read(connection.Prepare($"SELECT {Columns} FROM {Tables} WHERE g.view = ?1 {Order}").Bind(1, view));

    public static bool Exists(Connection connection, string view, int number)
        => connection.Prepare("SELECT 1 FROM generations WHERE view = ?1 AND number = ?2").Bind(1, view).Bind(2, number).FirstLong() == 1;

    /// <summary>The live generation's number and position; number 0 when there is none.</summary>
    public static (int Number, long Position) FindLivePosition(Connection connection, string view)
    {
        // An aggregate of nothing is one row of NULLs, which read as 0.
        var statement = connection.Prepare(LivePosition).Bind(1, view);
        statement.Step();
        var found = (statement.Int(0), statement.Long(1));
        statement.Reset();
        return found;
    }

    /// <summary>The number that the view's latest generation got; 0 when there was none.</summary>
    public static int LastNumber(Connection connection, string view)
        => (int)(connection.Prepare("SELECT number FROM last_numbers WHERE view = ?1").Bind(1, view).FirstLong() ?? 0);

    public static void SetLastNumber(Connection connection, string view, int number)
        => connection.Prepare("INSERT OR REPLACE INTO last_numbers (view, number) VALUES (?1, ?2)").Bind(1, view).Bind(2, number).Run();

    /// <summary>Says which generation queries read; null: none.</summary>
    public static void SetLive(Connection connection, string view, int? number)
    {
        connection.Prepare("DELETE FROM live WHERE view = ?1").Bind(1, view).Run();
        if (number is { } live)
        {
            connection.Prepare("INSERT INTO live (view, number) VALUES (?1, ?2)").Bind(1, view).Bind(2, live).Run();
        }
    }

    /// <summary>Writes a generation's own row, in the place of the one that is there.</summary>
    public static void Put(Connection connection, ViewGeneration generation)
    {
        var put = connection.Prepare(
            "INSERT OR REPLACE INTO generations (view, number, version, declined, retired_at) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Bind(1, generation.View).Bind(2, generation.Number).Bind(3, generation.Version).Bind(4, generation.IsDeclined ? 1 : 0);
        (generation.RetiredAt is { } retiredAt ? put.Bind(5, retiredAt) : put.Bind(5, (string?)null)).Run();
    }

    /// <summary>Removes a generation with its table and all that belongs to it.</summary>
    /// <inheritdoc cref="ViewTable.Drop"/>
    public static void Remove(Connection connection, ViewGeneration generation, bool isDamaged)
    {
        var (view, number) = (generation.View, generation.Number);
        foreach (var table in (string[])["generations", "partitions", "parked"])
        {
            connection.Prepare($"DELETE FROM {table} WHERE view = ?1 AND number = ?2").Bind(1, view).Bind(2, number).Run();
        }

        ViewTable.Drop(connection, view, number, isDamaged);
    }

    /// <summary>Reads to the end rows that are in the order of view, number and index: each generation's partitions lie together.</summary>
    private static List<ViewGeneration> Read(Statement rows)
    {
        List<ViewGeneration> generations = [];
        List<ViewPartition> partitions = [];
        while (rows.Step())
        {
            var (view, number) = (rows.Text(0), rows.Int(1));
            var partition = ViewPartitions.Read(rows, FirstOfPartition, view, number);
            if (partition.Index == 0)
            {
                partitions = [];
                generations.Add(new ViewGeneration(
                    view, number, rows.Int(2), StateOf(rows), rows.Long(4) != 0, rows.IsNull(5) ? null : rows.Time(5), partitions));
            }

            partitions.Add(partition);
        }

        return generations;
    }

    private static GenerationState StateOf(Statement row)
        => row.Long(3) != 0 ? GenerationState.Live : row.IsNull(5) ? GenerationState.Building : GenerationState.Retired;
}
