using Microsoft.Extensions.DependencyInjection;

namespace Orderly.Hosting;

/// <summary>The adapters of the servers, in a build without them (the MSBuild property <c>ServerClients</c> is not <c>true</c>).</summary>
internal static class ServerStores
{
    public static bool ArePresent => false;

    public static string? FaultOf(string kind, string connectionString) => null;

    public static IServiceCollection AddEventStoreDb(this IServiceCollection services) => throw Missing();

    public static IServiceCollection AddMongoDb(this IServiceCollection services) => throw Missing();

    // The validator of the options says it first, and what to do about it.
    private static NotSupportedException Missing() => new("This build does not carry the server clients.");
}
