using Microsoft.Extensions.DependencyInjection;
using Orderly.Hosting;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Servers.Tests;

/// <summary>A database of one test's own on the server, gone after it. Skips the test when there is no server.</summary>
internal sealed partial class MongoTestDatabase : IAsyncDisposable
{
    private readonly List<ServiceProvider> _clients = [];

    public string Name { get; } = $"orderly-test-{Guid.NewGuid():N}";

    public string ConnectionString { get; }

    public MongoTestDatabase() => ConnectionString = WithDatabase(ServerStores.Required(ServerStores.MongoDb), Name);

    /// <summary>A store as the programs make it.</summary>
    public IViewStore Connect()
    {
        var client = ServerStores.Connect(OrderlyOptions.MongoDb, ServerStores.MongoDb, ConnectionString);
        _clients.Add(client);
        return client.GetRequiredService<IViewStore>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        Drop();
    }

    /// <summary>Does nothing in a build without the client, which can't have made anything.</summary>
    partial void Drop();

    private static string WithDatabase(string connectionString, string name)
    {
        var parts = connectionString.Split('?', 2);
        var hosts = parts[0].IndexOf("://", StringComparison.Ordinal) + 3;
        var path = parts[0].IndexOf('/', hosts);
        var (server, database) = path < 0 ? (parts[0], string.Empty) : (parts[0][..path], parts[0][(path + 1)..]);
        var options = parts.Length == 2 ? parts[1] : string.Empty;

        // The path also says which database knows the user, unless the options do.
        if (database.Length > 0 && !options.Contains("authSource=", StringComparison.OrdinalIgnoreCase))
        {
            options = $"authSource={database}{(options.Length > 0 ? "&" : string.Empty)}{options}";
        }

        return $"{server}/{name}?{options}";
    }
}
