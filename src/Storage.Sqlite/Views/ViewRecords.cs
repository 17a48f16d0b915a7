using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>The record of a view in the tables, read and written inside a transaction of the caller.</summary>
internal static class ViewRecords
{
    /// <param name="parked">Which parked events it holds; null: none.</param>
    public static ViewRecord Read(Connection connection, string view, ParkedFilter? parked) => new(
        view, ViewGenerations.LastNumber(connection, view), ViewGenerations.ReadOf(connection, view),
        parked is null ? [] : ViewParking.Read(connection, view, parked), ViewParking.ReadSkipped(connection, view));

    /// <summary>Writes what differs between the record as it was read in this transaction and the changed one.</summary>
    /// <param name="definition">What generations are made for that are new in the changed one.</param>
    /// <param name="isDamaged">Whether pages of what goes may be damaged.</param>
    public static void Write(Connection connection, ViewRecord stored, ViewRecord changed, View? definition, bool isDamaged)
    {
        foreach (var gone in stored.Generations.Where(one => changed.Find(one.Number) is null))
        {
            ViewGenerations.Remove(connection, gone, isDamaged);
        }

        foreach (var generation in changed.Generations.Except(stored.Generations))
        {
            if (stored.Find(generation.Number) is null)
            {
                ViewTable.Create(connection, definition!, generation.Number);
            }

            ViewGenerations.Put(connection, generation);
            ViewPartitions.Put(connection, generation);
        }

        if (stored.LastNumber != changed.LastNumber)
        {
            ViewGenerations.SetLastNumber(connection, changed.View, changed.LastNumber);
        }

        if (stored.Live?.Number != changed.Live?.Number)
        {
            ViewGenerations.SetLive(connection, changed.View, changed.Live?.Number);
        }

        foreach (var parked in stored.Parked.Except(changed.Parked))
        {
            ViewParking.Release(connection, parked);
        }

        foreach (var parked in changed.Parked.Except(stored.Parked))
        {
            ViewParking.Park(connection, parked);
        }

        foreach (var skipped in changed.Skipped.Except(stored.Skipped))
        {
            ViewParking.Skip(connection, skipped);
        }

        foreach (var skipped in stored.Skipped.Except(changed.Skipped))
        {
            ViewParking.Unskip(connection, skipped);
        }
    }
}
