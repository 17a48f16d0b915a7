namespace Orderly.Bench;

/// <summary>In the place of the official client of EventStoreDB, in a build without it.</summary>
internal static class BareEventStoreDb
{
    public static (IAsyncDisposable Client, Func<Random, Task> Append) Appends(string connectionString) => throw Missing();

    public static Task<double> MeasureCatchUpAsync(string connectionString) => throw Missing();

    public static Task<double> MeasurePlainRebuildAsync(string eventStore, string views) => throw Missing();

    private static NotSupportedException Missing()
        => new("This build does not carry the client of EventStoreDB: build it with -p:EventStoreDb=true.");
}
