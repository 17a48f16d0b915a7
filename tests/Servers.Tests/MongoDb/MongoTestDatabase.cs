using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Hosting;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.MongoDb;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>A database of one test's own on the server, gone after it. Skips the test when there is no server.</summary>
internal sealed class MongoTestDatabase : IAsyncDisposable
{
    private readonly List<ServiceProvider> _clients = [];

    public string Name { get; } = $"orderly-test-{Guid.NewGuid():N}";

    public string ConnectionString { get; }

    public MongoTestDatabase() => ConnectionString = WithDatabase(ServerStores.Required(ServerStores.MongoDb), Name);

    /// <summary>The database as the bare driver sees it.</summary>
    public IMongoDatabase Bare => new MongoClient(ConnectionString).GetDatabase(Name);

    public IMongoCollection<BsonDocument> Collection(string name) => Bare.GetCollection<BsonDocument>(name);

    /// <summary>A store as the programs make it.</summary>
    public IViewStore Connect()
    {
        var client = ServerStores.Connect(OrderlyOptions.MongoDb, ServerStores.MongoDb, ConnectionString);
        _clients.Add(client);
        return client.GetRequiredService<IViewStore>();
    }

    /// <summary>A store with a delay of its own. The caller disposes of it.</summary>
    public MongoViewStore ConnectAlone(TimeSpan? dropDelay = null)
    {
        var options = new MongoViewStoreOptions { ConnectionString = ConnectionString };
        return new(
            options with { DropDelay = dropDelay ?? options.DropDelay }, TimeProvider.System, NullLogger<MongoViewStore>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await new MongoClient(ConnectionString).DropDatabaseAsync(Name);
    }

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

        return options.Length == 0 ? $"{server}/{name}" : $"{server}/{name}?{options}";
    }
}
