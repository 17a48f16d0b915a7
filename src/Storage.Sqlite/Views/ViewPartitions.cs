using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The records of the partitions, read and written inside a transaction of the caller.</summary>
internal static class ViewPartitions
{
    /// <summary>The fencing token of a new generation's partitions. No two generations share a number, so each starts with the same one.</summary>
    public const long FirstEpoch = 1;

    /// <summary>What <see cref="Read"/> needs, of a table <c>partitions p</c>.</summary>
    public const string Columns =
        $"p.idx, p.position, p.epoch, p.owner, p.fault, (SELECT count(*) {Parked}), EXISTS (SELECT 1 {Parked} AND k.asked = 1), p.updated_at";

    // The condition on the reason is, to the letter, that of the index.
    private const string Parked = "FROM parked k WHERE k.view = p.view AND k.number = p.number AND k.idx = p.idx AND k.reason <> 'Waiting'";

    private const string IsOne = "view = ?1 AND number = ?2 AND idx = ?3";

    /// <summary>Adds a generation's partitions, from 0 on, without owners.</summary>
    public static void Add(Connection connection, string view, int number, int count, long position, long epoch, DateTimeOffset now)
    {
        var insert = connection.Prepare("INSERT INTO partitions (view, number, idx, position, epoch, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        for (var i = 0; i < count; i++)
        {
            insert.Bind(1, view).Bind(2, number).Bind(3, i).Bind(4, position).Bind(5, epoch).Bind(6, now).Run();
        }
    }

    public static void Remove(Connection connection, string view, int number)
        => connection.Prepare("DELETE FROM partitions WHERE view = ?1 AND number = ?2").Bind(1, view).Bind(2, number).Run();

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

    /// <summary>Whether a partition has this epoch and position still.</summary>
    public static bool IsAt(Connection connection, ViewPartition partition)
    {
        var row = connection.Prepare($"SELECT epoch, position FROM partitions WHERE {IsOne}").BindKey(partition);
        if (!row.Step())
        {
            return false;
        }

        var isAt = (row.Long(0), row.Long(1)) == (partition.Epoch, partition.Position);
        row.Reset();
        return isAt;
    }

    /// <summary>Moves a partition on, if it is not further already, and clears its fault.</summary>
    public static void Advance(Connection connection, ViewPartition partition, long position, DateTimeOffset now)
        => connection.Prepare($"UPDATE partitions SET position = max(position, ?4), fault = NULL, updated_at = ?5 WHERE {IsOne}")
            .BindKey(partition).Bind(4, position).Bind(5, now).Run();

    /// <summary>Changes the owner and raises the epoch. False when owner or epoch is another one, or the partition is not there.</summary>
    public static bool TryTake(Connection connection, ViewPartition seen, string owner)
    {
        connection.Prepare($"UPDATE partitions SET owner = ?4, epoch = epoch + 1 WHERE {IsOne} AND epoch = ?5 AND owner IS ?6")
            .BindKey(seen).Bind(4, owner).Bind(5, seen.Epoch).Bind(6, seen.Owner).Run();
        return connection.Changes == 1;
    }

    /// <summary>False when the partition has another epoch or no owner, or is not there.</summary>
    public static bool TryRelease(Connection connection, ViewPartition held)
    {
        connection.Prepare($"UPDATE partitions SET owner = NULL WHERE {IsOne} AND epoch = ?4 AND owner IS NOT NULL")
            .BindKey(held).Bind(4, held.Epoch).Run();
        return connection.Changes == 1;
    }

    /// <summary>False when the partition has another epoch, or is not there.</summary>
    public static bool TrySetFault(Connection connection, ViewPartition held, string fault, DateTimeOffset now)
    {
        connection.Prepare($"UPDATE partitions SET fault = ?4, updated_at = ?5 WHERE {IsOne} AND epoch = ?6")
            .BindKey(held).Bind(4, fault).Bind(5, now).Bind(6, held.Epoch).Run();
        return connection.Changes == 1;
    }

    /// <summary>Gives a generation other partitions in the place of its own, and its parked events to them.</summary>
    public static void Replace(Connection connection, ViewGeneration generation, int count)
    {
        Remove(connection, generation.View, generation.Number);
        var epoch = generation.Partitions.Max(partition => partition.Epoch) + 1;
        var updatedAt = generation.Partitions.Max(partition => partition.UpdatedAt);
        Add(connection, generation.View, generation.Number, count, generation.Position, epoch, updatedAt);
        ViewParking.Share(connection, generation.View, generation.Number, count);
    }

    /// <summary>A row with <see cref="Columns"/> from the column <paramref name="first"/> on.</summary>
    public static ViewPartition Read(Statement row, int first, string view, int number) => new(
        view, number, row.Int(first), row.Long(first + 1), row.Long(first + 2), row.TextOrNull(first + 3), row.TextOrNull(first + 4),
        row.Int(first + 5), row.Long(first + 6) != 0, row.Time(first + 7));

    private static Statement BindKey(this Statement statement, ViewPartition partition)
        => statement.Bind(1, partition.View).Bind(2, partition.Number).Bind(3, partition.Index);
}
