using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.EventStoreDb;
using Orderly.Storage.MongoDb;

namespace Orderly.Hosting;

/// <summary>The adapters of the servers, in a build with <c>ServerClients=true</c>.</summary>
internal static class ServerStores
{
    public static bool ArePresent => true;

    /// <summary>What is wrong with a connection string; null: nothing that can be seen without connecting.</summary>
    public static string? FaultOf(string kind, string connectionString)
    {
        try
        {
            if (kind == OrderlyOptions.EventStoreDb)
            {
                EventStoreDbStore.Check(connectionString);
            }
            else
            {
                MongoViewStore.Check(connectionString);
            }

            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    public static IServiceCollection AddEventStoreDb(this IServiceCollection services)
        => services
            .AddSingleton(provider => new EventStoreDbStore(
                ConnectionString(provider, OrderlyOptions.EventStoreDb), new EventStoreDbOptions(), provider.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<IEventStore>(provider => new MeasuredEventStore(provider.GetRequiredService<EventStoreDbStore>(), provider.GetRequiredService<TimeProvider>()));

    public static IServiceCollection AddMongoDb(this IServiceCollection services)
        => services.AddSingleton<IViewStore>(provider => new MongoViewStore(
            ConnectionString(provider, OrderlyOptions.MongoDb),
            new MongoViewStoreOptions(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MongoViewStore>>()));

    private static string ConnectionString(IServiceProvider provider, string name)
        => provider.GetRequiredService<IConfiguration>().GetConnectionString(name)!;
}
