namespace Orderly.Bench;

/// <summary>What one run of a workload is given.</summary>
/// <param name="Directory">Its directory, for the embedded stores.</param>
/// <param name="Events">How many events W3 rebuilds from, and W12 proves.</param>
/// <param name="IsPrepared">Whether the log holds W3's events already.</param>
/// <param name="EventStore">The connection string of an EventStoreDB to run on; null: the embedded store.</param>
/// <param name="Views">The connection string of a MongoDB to run on; null: the embedded store.</param>
internal sealed record BenchSettings(string Directory, int Events, bool IsPrepared, string? EventStore, string? Views)
{
    /// <summary>Begins the ids of this run: a server keeps what earlier ones wrote.</summary>
    public string Prefix { get; } = $"{Guid.NewGuid().ToString("N")[..8]}-";

    /// <summary>As the programs are configured.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Configuration
    {
        get
        {
            yield return new("Orderly:DataDirectory", Directory);
            if (EventStore is not null)
            {
                yield return new("Orderly:EventStore", "EventStoreDb");
                yield return new("ConnectionStrings:EventStoreDb", EventStore);
            }

            if (Views is not null)
            {
                yield return new("Orderly:Views", "MongoDb");
                yield return new("ConnectionStrings:MongoDb", Views);
            }
        }
    }
}
