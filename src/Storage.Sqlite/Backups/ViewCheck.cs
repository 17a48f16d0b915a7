using Microsoft.Data.Sqlite;

namespace Orderly.Storage.Sqlite;

/// <summary>Proves every document in a file of views, that the views are not ahead of their log, and the file's own structure.</summary>
internal static class ViewCheck
{
    private const int ProgressRows = 10_000;

    /// <param name="head">The end of the log that the views are made of.</param>
    /// <returns>How many faults there are.</returns>
    public static long Run(
        string path, long head, Action<LogFault> onFault, Action<long, long> onProgress, CancellationToken cancellationToken)
    {
        var file = ViewSchema.FileOf(new SqliteViewStoreOptions { Path = path });
        var faults = 0L;
        try
        {
            using var connection = file.WhenFree(() => file.OpenReader(creates: false));
            var position = connection.Ask("SELECT coalesce(max(position), 0) FROM partitions");
            if (position > head)
            {
                Tell(FormattableString.Invariant($"the views are at position {position}, ahead of the log's end at {head}"));
            }

            List<(string View, int Number)> tables = [];
            var generations = connection.Prepare("SELECT view, number FROM generations");
            while (generations.Step())
            {
                tables.Add((generations.Text(0), generations.Int(1)));
            }

            foreach (var (index, table) in tables.Index())
            {
                onProgress(index, tables.Count);
                CheckDocuments(connection, table.View, table.Number);
            }

            onProgress(tables.Count, tables.Count);
            var lines = connection.Prepare("PRAGMA integrity_check(100)");
            while (lines.Step())
            {
                // A page that is taken and used by nothing is what a damaged table has left (Connection.DropDamaged).
                if (lines.Text(0) is var line and not "ok" && !line.EndsWith("never used", StringComparison.Ordinal))
                {
                    Tell(line.ReplaceLineEndings(" "));
                }
            }
        }
        catch (SqliteException e) when (Failures.IsDamage(e))
        {
            Tell(e.Message);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            throw file.Unavailable(e);
        }

        return faults;

        void CheckDocuments(Connection connection, string view, int number)
        {
            using var rows = connection.PrepareOnce($"SELECT position, body, checksum, id FROM {ViewTable.NameOf(view, number)}");
            for (var count = 0; rows.Step(); count++)
            {
                if (count % ProgressRows == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                var id = rows.Text(3);
                if (rows.Long(2) != DocumentProof.Checksum(id, rows.Long(0), rows.Bytes(1)))
                {
                    Tell($"the document '{id}' of the view '{view}' is damaged: its checksum is wrong");
                }
            }
        }

        void Tell(string reason)
        {
            faults++;
            onFault(new LogFault(0, null, null, $"{Path.GetFileName(path)}: {reason}"));
        }
    }
}
