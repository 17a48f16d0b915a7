using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The records of the partitions, read and written inside a transaction of the caller.</summary>
internal static class ViewPartitions
{
    /// <summary>What <see cref="Read"/> needs, of a table <c>partitions p</c>.</summary>
    public const string Columns =
        $"p.idx, p.position, p.epoch, p.owner, p.fault, (SELECT count(*) {Parked}), "
        + $"EXISTS (SELECT 1 {Parked} AND k.asked = 1), p.updated_at, p.mark";

    // The condition on the reason is, to the letter, that of the index.
    private const string Parked = "FROM parked k WHERE k.view = p.view AND k.number = p.number AND k.idx = p.idx AND k.reason <> 'Waiting'";

    private const string IsOne = "view = ?1 AND number = ?2 AND idx = ?3";

    public static ViewPartition? Find(Connection connection, ViewPartition partition)
    {
        var row = connection.Prepare($"SELECT {Columns} FROM partitions p WHERE {IsOne}").BindKey(partition);
        if (!row.Step())
        {
            return null;
        }

        var found = Read(row, 0, partition.View, partition.Number);
        row.Reset();
        return found;
    }

    /// <summary>Writes the progress and the lease of a partition that is there.</summary>
    public static void Update(Connection connection, ViewPartition partition)
        => connection.Prepare($"UPDATE partitions SET position = ?4, epoch = ?5, owner = ?6, fault = ?7, updated_at = ?8, mark = ?9 "
            + $"WHERE {IsOne}").BindAll(partition).Run();

    /// <summary>Writes a generation's partitions in the place of those that are there.</summary>
    public static void Put(Connection connection, ViewGeneration generation)
    {
        connection.Prepare("DELETE FROM partitions WHERE view = ?1 AND number = ?2")
            .Bind(1, generation.View).Bind(2, generation.Number).Run();
        foreach (var partition in generation.Partitions)
        {
            connection.Prepare(
                "INSERT INTO partitions (view, number, idx, position, epoch, owner, fault, updated_at, mark) "
                + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
                .BindAll(partition).Run();
        }
    }

    /// <summary>A row with <see cref="Columns"/> from the column <paramref name="first"/> on.</summary>
    public static ViewPartition Read(Statement row, int first, string view, int number) => new(
        view, number, row.Int(first), row.Long(first + 1), row.Long(first + 2), row.TextOrNull(first + 3), row.TextOrNull(first + 4),
        row.Int(first + 5), row.Long(first + 6) != 0, row.Time(first + 7))
    {
        Mark = row.TextOrNull(first + 8) is { } mark ? LogMark.Parse(mark) : null,
    };

    private static Statement BindAll(this Statement statement, ViewPartition partition)
        => statement.BindKey(partition).Bind(4, partition.Position).Bind(5, partition.Epoch).Bind(6, partition.Owner)
            .Bind(7, partition.Fault).Bind(8, partition.UpdatedAt).Bind(9, partition.Mark?.ToString());

    private static Statement BindKey(this Statement statement, ViewPartition partition)
        => statement.Bind(1, partition.View).Bind(2, partition.Number).Bind(3, partition.Index);
}
