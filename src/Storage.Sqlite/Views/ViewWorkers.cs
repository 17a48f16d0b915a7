using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The records of the workers, read and written inside a transaction of the caller.</summary>
internal static class ViewWorkers
{
    private const char Separator = ' ';

    public static IReadOnlyList<ViewWorker> Beat(Connection connection, ViewWorker worker)
    {
        connection.Prepare(
            """
            INSERT INTO workers (id, beat, views) VALUES (?1, 1, ?2)
            ON CONFLICT (id) DO UPDATE SET beat = beat + 1, views = excluded.views
            """)
            .Bind(1, worker.Id).Bind(2, string.Join(Separator, worker.Views)).Run();
        List<ViewWorker> workers = [];
        var rows = connection.Prepare("SELECT id, beat, views FROM workers ORDER BY id");
        while (rows.Step())
        {
            var views = rows.Text(2).Split(Separator, StringSplitOptions.RemoveEmptyEntries).Select(ViewVersion.Parse);
            workers.Add(new ViewWorker(rows.Text(0), rows.Long(1), [.. views]));
        }

        return workers;
    }

    public static void Forget(Connection connection, ViewWorker seen)
        => connection.Prepare("DELETE FROM workers WHERE id = ?1 AND beat = ?2").Bind(1, seen.Id).Bind(2, seen.Beat).Run();
}
