using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Hosting;

namespace Orderly.Servers.Tests;

/// <summary>The stores as the programs make them, against servers that the environment names.</summary>
internal static class ServerStores
{
    public const string EventStoreDb = "ORDERLY_TEST_EVENTSTOREDB";
    public const string MongoDb = "ORDERLY_TEST_MONGODB";

    /// <summary>The connection string of a server. Skips the test when there is none.</summary>
    public static string Required(string variable)
    {
        var connectionString = Environment.GetEnvironmentVariable(variable);
        Skip.If(string.IsNullOrEmpty(connectionString), $"{variable} does not hold a connection string.");
        return connectionString!;
    }

    /// <summary>Skips the test when there is no server.</summary>
    /// <param name="connectionString">Null: as the variable says.</param>
    /// <param name="more">Other settings.</param>
    public static ServiceProvider Connect(
        string kind, string variable, string? connectionString = null, IReadOnlyDictionary<string, string?>? more = null)
    {
        connectionString ??= Required(variable);
        var settings = new Dictionary<string, string?>
        {
            [$"Orderly:{(kind == OrderlyOptions.EventStoreDb ? nameof(OrderlyOptions.EventStore) : nameof(OrderlyOptions.Views))}"] = kind,
            [$"ConnectionStrings:{kind}"] = connectionString,
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).AddInMemoryCollection(more ?? settings).Build();
        var services = new ServiceCollection().AddLogging().AddOrderlyServices(configuration).BuildServiceProvider();
        _ = services.GetRequiredService<OrderlyOptions>();
        return services;
    }
}
