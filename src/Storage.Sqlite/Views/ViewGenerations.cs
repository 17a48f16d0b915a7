using System.Globalization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The records of the generations, read and written inside a transaction of the caller.</summary>
internal static class ViewGenerations
{
    /// <summary>The fencing token of a new generation. No two generations share a number, so each starts with the same one.</summary>
    private const long FirstEpoch = 1;

    private const string Columns =
        "g.view, g.number, g.version, l.number IS NOT NULL, g.position, g.epoch, g.owner, g.fault, g.updated_at";

    private const string All =
        $"SELECT {Columns} FROM generations g LEFT JOIN live l ON l.view = g.view AND l.number = g.number ORDER BY g.view, g.number";

    private const string AllLive =
        $"SELECT {Columns} FROM live l JOIN generations g ON g.view = l.view AND g.number = l.number ORDER BY g.view";

    private const string OneLive =
        $"SELECT {Columns} FROM live l JOIN generations g ON g.view = l.view AND g.number = l.number WHERE l.view = ?1";

    private const string One =
        $"SELECT {Columns} FROM generations g LEFT JOIN live l ON l.view = g.view AND l.number = g.number WHERE g.view = ?1 AND g.number = ?2";

    // The hottest statement: what a query needs to know and nothing more.
    private const string LivePosition =
        "SELECT g.number, g.position FROM live l JOIN generations g ON g.view = l.view AND g.number = l.number WHERE l.view = ?1";

    public static List<ViewGeneration> ReadAll(ViewConnection connection) => ReadList(connection.Prepare(All));

    public static List<ViewGeneration> ReadLive(ViewConnection connection) => ReadList(connection.Prepare(AllLive));

    public static ViewGeneration? FindLive(ViewConnection connection, string view)
        => ReadOne(connection.Prepare(OneLive).Bind(1, view));

    public static ViewGeneration? Find(ViewConnection connection, string view, int number)
        => ReadOne(connection.Prepare(One).Bind(1, view).Bind(2, number));

    /// <summary>The live generation's number and position; number 0 when there is none.</summary>
    public static (int Number, long Position) FindLivePosition(ViewConnection connection, string view)
    {
        var statement = connection.Prepare(LivePosition).Bind(1, view);
        if (!statement.Step())
        {
            return default;
        }

        var found = (statement.Int(0), statement.Long(1));
        statement.Reset();
        return found;
    }

    /// <summary>A new generation with its empty table.</summary>
    public static ViewGeneration Add(ViewConnection connection, View view, DateTimeOffset now)
    {
        connection.Prepare("INSERT INTO last_numbers (view, number) VALUES (?1, 1) ON CONFLICT (view) DO UPDATE SET number = number + 1")
            .Bind(1, view.Name).Run();
        var last = connection.Prepare("SELECT number FROM last_numbers WHERE view = ?1").Bind(1, view.Name);
        last.Step();
        var number = last.Int(0);
        last.Reset();

        connection.Prepare("INSERT INTO generations (view, number, version, position, epoch, updated_at) VALUES (?1, ?2, ?3, 0, ?4, ?5)")
            .Bind(1, view.Name).Bind(2, number).Bind(3, view.Version).Bind(4, FirstEpoch).Bind(5, Written(now)).Run();
        ViewTable.Create(connection, view, number);
        return Find(connection, view.Name, number)!;
    }

    public static void SetLive(ViewConnection connection, string view, int number)
        => connection.Prepare("INSERT INTO live (view, number) VALUES (?1, ?2) ON CONFLICT (view) DO UPDATE SET number = excluded.number")
            .Bind(1, view).Bind(2, number).Run();

    /// <summary>Moves a generation on and clears its fault. False when it is not where, or whose, it was.</summary>
    public static bool TryAdvance(ViewConnection connection, ViewGeneration generation, long position, DateTimeOffset now)
    {
        connection.Prepare("UPDATE generations SET position = ?1, fault = NULL, updated_at = ?2 WHERE view = ?3 AND number = ?4 AND epoch = ?5 AND position = ?6")
            .Bind(1, position).Bind(2, Written(now))
            .Bind(3, generation.View).Bind(4, generation.Number).Bind(5, generation.Epoch).Bind(6, generation.Position).Run();
        return connection.Changes == 1;
    }

    /// <summary>Changes the owner and raises the epoch. False when owner or epoch is another one, or the generation is not there.</summary>
    public static bool TryTake(ViewConnection connection, ViewGeneration seen, string owner)
    {
        connection.Prepare("UPDATE generations SET owner = ?1, epoch = epoch + 1 WHERE view = ?2 AND number = ?3 AND epoch = ?4 AND owner IS ?5")
            .Bind(1, owner).Bind(2, seen.View).Bind(3, seen.Number).Bind(4, seen.Epoch).Bind(5, seen.Owner).Run();
        return connection.Changes == 1;
    }

    /// <summary>False when the generation has another epoch or no owner, or is not there.</summary>
    public static bool TryRelease(ViewConnection connection, ViewGeneration held)
    {
        connection.Prepare("UPDATE generations SET owner = NULL WHERE view = ?1 AND number = ?2 AND epoch = ?3 AND owner IS NOT NULL")
            .Bind(1, held.View).Bind(2, held.Number).Bind(3, held.Epoch).Run();
        return connection.Changes == 1;
    }

    /// <summary>False when the generation has another epoch, or is not there.</summary>
    public static bool TrySetFault(ViewConnection connection, ViewGeneration generation, string fault, DateTimeOffset now)
    {
        connection.Prepare("UPDATE generations SET fault = ?1, updated_at = ?2 WHERE view = ?3 AND number = ?4 AND epoch = ?5")
            .Bind(1, fault).Bind(2, Written(now)).Bind(3, generation.View).Bind(4, generation.Number).Bind(5, generation.Epoch).Run();
        return connection.Changes == 1;
    }

    /// <summary>Removes a generation with its table; nothing happens when it is not there.</summary>
    public static void Remove(ViewConnection connection, string view, int number)
    {
        connection.Prepare("DELETE FROM generations WHERE view = ?1 AND number = ?2").Bind(1, view).Bind(2, number).Run();
        ViewTable.Drop(connection, view, number);
    }

    private static string? TextOrNull(ViewStatement row, int column) => row.IsNull(column) ? null : row.Text(column);

    private static string Written(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static List<ViewGeneration> ReadList(ViewStatement statement)
    {
        List<ViewGeneration> generations = [];
        while (statement.Step())
        {
            generations.Add(Read(statement));
        }

        return generations;
    }

    private static ViewGeneration? ReadOne(ViewStatement statement)
    {
        if (!statement.Step())
        {
            return null;
        }

        var generation = Read(statement);
        statement.Reset();
        return generation;
    }

    private static ViewGeneration Read(ViewStatement row) => new(
        row.Text(0), row.Int(1), row.Int(2), row.Long(3) != 0, row.Long(4), row.Long(5), TextOrNull(row, 6), TextOrNull(row, 7),
        DateTimeOffset.ParseExact(row.Text(8), "O", CultureInfo.InvariantCulture));
}
