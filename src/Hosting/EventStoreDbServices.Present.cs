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

            // The client logs each call that fails, or is given up, with its stack. The adapter says why in one line.
            .AddLogging(logging => logging.AddFilter("Grpc", LogLevel.None).AddFilter("EventStore.Client", LogLevel.None))
            .AddSingleton(provider => new EventStoreDbStore(
                OptionsOf(
                    provider.GetRequiredService<OrderlyOptions>().Stores,
                    provider.GetRequiredService<IConfiguration>().GetConnectionString(OrderlyOptions.EventStoreDb)!),
                provider.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<IEventStore>(provider
                => OrderlyServices.Measured(provider, provider.GetRequiredService<EventStoreDbStore>()));

    private static EventStoreDbStoreOptions OptionsOf(StoreOptions stores, string connectionString)
        => new()
        {
            ConnectionString = connectionString,
            ReadTimeout = stores.QueryTimeout,
            AppendTimeout = stores.CommandTimeout,
            SilenceTimeout = stores.SilenceTimeout,
        };
}
