using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The events that are parked or left out, read and written inside a transaction of the caller.</summary>
internal static class ViewParking
{
    // Null is a value as any other here, so IS and not =. It sorts first.
    private const string IsOne = "view = ?1 AND number = ?2 AND position = ?3 AND idx = ?4 AND document IS ?5";

    /// <summary>What is parked in a generation, by position, partition and document.</summary>
    public static List<ParkedEvent> Read(Connection connection, string view, int number)
    {
        List<ParkedEvent> parked = [];
        var rows = connection.Prepare(
            """
            SELECT position, idx, document, stream, revision, type, reason, detail, attempts, parked_at, asked
            FROM parked WHERE view = ?1 AND number = ?2 ORDER BY position, idx, document
            """).Bind(1, view).Bind(2, number);
        while (rows.Step())
        {
            var parkedEvent = new ParkedEvent(
                view, number, rows.Int(1), rows.TextOrNull(2), rows.Long(0), rows.Text(3), rows.Long(4), rows.Text(5),
                Enum.Parse<ParkedReason>(rows.Text(6)), rows.TextOrNull(7), rows.Int(8), rows.Time(9));
            parked.Add(parkedEvent with { IsAsked = rows.Long(10) != 0 });
        }

        return parked;
    }

    /// <summary>Parks an event in the place of one with the same key.</summary>
    public static void Park(Connection connection, ParkedEvent parked)
    {
        Release(connection, parked);
        connection.Prepare(
            """
            INSERT INTO parked (view, number, position, idx, document, stream, revision, type, reason, detail, attempts, parked_at, asked)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            """)
            .BindKey(parked).Bind(6, parked.Stream).Bind(7, parked.Revision).Bind(8, parked.Type).Bind(9, parked.Reason.ToString())
            .Bind(10, parked.Detail).Bind(11, parked.Attempts).Bind(12, parked.ParkedAt).Bind(13, parked.IsAsked ? 1 : 0).Run();
    }

    /// <summary>Nothing happens when it is not parked.</summary>
    public static void Release(Connection connection, ParkedEvent parked)
        => connection.Prepare($"DELETE FROM parked WHERE {IsOne}").BindKey(parked).Run();

    public static void Remove(Connection connection, string view, int number)
        => connection.Prepare("DELETE FROM parked WHERE view = ?1 AND number = ?2").Bind(1, view).Bind(2, number).Run();

    /// <summary>Asks for another try of a view's parked events at a position. Answers how many they are.</summary>
    public static int Ask(Connection connection, string view, long position)
    {
        connection.Prepare("UPDATE parked SET asked = 1 WHERE view = ?1 AND position = ?2 AND reason <> 'Waiting'")
            .Bind(1, view).Bind(2, position).Run();
        return connection.Changes;
    }

    /// <summary>Notes a view's parked events at a position, those that don't only wait, as left out.</summary>
    public static void Skip(Connection connection, string view, long position)
        => connection.Prepare(
            """
            INSERT INTO skipped (view, position, document)
            SELECT view, position, document FROM parked WHERE view = ?1 AND position = ?2 AND reason <> 'Waiting'
            EXCEPT SELECT view, position, document FROM skipped WHERE view = ?1 AND position = ?2
            """).Bind(1, view).Bind(2, position).Run();

    /// <summary>What is left out of a view, by position and document.</summary>
    public static List<SkippedEvent> ReadSkipped(Connection connection, string view)
    {
        List<SkippedEvent> skipped = [];
        var rows = connection.Prepare("SELECT position, document FROM skipped WHERE view = ?1 ORDER BY position, document").Bind(1, view);
        while (rows.Step())
        {
            skipped.Add(new SkippedEvent(view, rows.Long(0), rows.TextOrNull(1)));
        }

        return skipped;
    }

    /// <summary>Answers whether there were any.</summary>
    public static bool RemoveSkipped(Connection connection, string view)
    {
        connection.Prepare("DELETE FROM skipped WHERE view = ?1").Bind(1, view).Run();
        return connection.Changes > 0;
    }

    /// <summary>Shares a generation's parked events out to another number of partitions.</summary>
    public static void Share(Connection connection, string view, int number, int partitions)
    {
        var parked = Read(connection, view, number);
        Remove(connection, view, number);

        // Several partitions may have parked what can't be read; what was asked of one of them is asked of all.
        foreach (var same in parked.GroupBy(one => (one.Position, one.Document)))
        {
            var one = same.MinBy(other => other.Reason == ParkedReason.Waiting)! with { IsAsked = same.Any(other => other.IsAsked) };
            var homes = one.Document is null ? Enumerable.Range(0, partitions) : [DocumentPartition.Of(one.Document, partitions)];
            foreach (var home in homes)
            {
                Park(connection, one with { Partition = home });
            }
        }
    }

    private static Statement BindKey(this Statement statement, ParkedEvent parked)
        => statement.Bind(1, parked.View).Bind(2, parked.Number).Bind(3, parked.Position).Bind(4, parked.Partition).Bind(5, parked.Document);
}
