namespace Orderly.Bench;

/// <summary>The official clients by themselves, in a build without them.</summary>
internal static class BareServers
{
    public static (IAsyncDisposable Client, Func<Random, Task> Append) Appends(string connectionString) => throw Missing();

    public static Task<double> MeasureCatchUpAsync(string connectionString) => throw Missing();

    public static Task<double> MeasureUpsertsAsync(string connectionString) => throw Missing();

    public static Task<double> MeasurePlainRebuildAsync(string eventStore, string views) => throw Missing();

    private static NotSupportedException Missing() => new("This build does not carry the server clients: build it with -p:ServerClients=true.");
}
