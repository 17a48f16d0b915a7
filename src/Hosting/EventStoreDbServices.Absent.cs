using Microsoft.Extensions.DependencyInjection;

namespace Orderly.Hosting;

/// <summary>
/// Stands in for the adapter of EventStoreDB in a build where the MSBuild property <c>EventStoreDb</c> is not <c>true</c>.
/// </summary>
internal static class EventStoreDbServices
{
    public static bool ArePresent => false;

    public static void Check(string connectionString)
    {
        // No client can read it.
    }

    // The validator of the options says it first, and what to do about it.
    public static IServiceCollection AddEventStoreDb(this IServiceCollection services)
        => throw new NotSupportedException("This build does not carry the client of EventStoreDB.");
}
