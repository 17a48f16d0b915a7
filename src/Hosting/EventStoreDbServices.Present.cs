using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.Storage.EventStoreDb;

namespace Orderly.Hosting;

/// <summary>The adapter of EventStoreDB, in a build with <c>EventStoreDb=true</c>.</summary>
internal static class EventStoreDbServices
{
    public static bool ArePresent => true;

    /// <summary>Reads a connection string without connecting.</summary>
    /// <exception cref="ArgumentException">It can't be read.</exception>
    public static void Check(string connectionString) => EventStoreDbStore.Check(connectionString);

    public static IServiceCollection AddEventStoreDb(this IServiceCollection services)
        => services

            // The client logs each call that fails, with its stack. The adapter says why in one line.
            .AddLogging(logging => logging.AddFilter("Grpc", LogLevel.Warning).AddFilter("EventStore.Client", LogLevel.None))
            .AddSingleton(provider => new EventStoreDbStore(
                provider.GetRequiredService<IConfiguration>().GetConnectionString(OrderlyOptions.EventStoreDb)!,
                provider.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<IEventStore>(provider => new MeasuredEventStore(
                provider.GetRequiredService<EventStoreDbStore>(), provider.GetRequiredService<AppendOutcome>(),
                provider.GetRequiredService<TimeProvider>()));
}
