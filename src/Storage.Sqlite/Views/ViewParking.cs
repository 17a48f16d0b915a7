using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The events that are parked or left out, read and written inside a transaction of the caller.</summary>
internal static class ViewParking
{
    // Null is a value as any other here, so IS and not =. It sorts first.
    private const string IsOne = "view = ?1 AND number = ?2 AND position = ?3 AND idx = ?4 AND document IS ?5";

    /// <summary>The chosen ones of what is parked in a view, by position, partition and document.</summary>
    public static List<ParkedEvent> Read(Connection connection, string view, ParkedFilter filter)
    {
        List<ParkedEvent> parked = [];
        var rows = connection.Prepare(
            """
            SELECT position, idx, document, stream, revision, type, reason, detail, attempts, parked_at, asked, number
            FROM parked WHERE view = ?1 AND number BETWEEN ?2 AND ?3 AND position BETWEEN ?4 AND ?5 ORDER BY position, idx, document
            """)
            .Bind(1, view).Bind(2, filter.Number ?? 0).Bind(3, filter.Number ?? int.MaxValue)
            .Bind(4, filter.Position ?? 0).Bind(5, filter.Position ?? long.MaxValue);
        while (rows.Step())
        {
            var parkedEvent = new ParkedEvent(
                view, rows.Int(11), rows.Int(1), rows.TextOrNull(2), rows.Long(0), rows.Text(3), rows.Long(4), rows.Text(5),
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

    public static void Skip(Connection connection, SkippedEvent skipped)
        => connection.Prepare("INSERT INTO skipped (view, position, document) VALUES (?1, ?2, ?3)").BindKey(skipped).Run();

    public static void Unskip(Connection connection, SkippedEvent skipped)
        => connection.Prepare("DELETE FROM skipped WHERE view = ?1 AND position = ?2 AND document IS ?3").BindKey(skipped).Run();

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

    private static Statement BindKey(this Statement statement, ParkedEvent parked)
        => statement.Bind(1, parked.View).Bind(2, parked.Number).Bind(3, parked.Position).Bind(4, parked.Partition)
            .Bind(5, parked.Document);

    private static Statement BindKey(this Statement statement, SkippedEvent skipped)
        => statement.Bind(1, skipped.View).Bind(2, skipped.Position).Bind(3, skipped.Document);
}
