using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The connection to the deployment, and what becomes of its errors. Safe for concurrent use.</summary>
internal sealed partial class MongoServer : IDisposable
{
    /// <summary>The wire version of MongoDB 5.0, the first that reads snapshots outside of transactions.</summary>
    private const int SnapshotReadsWireVersion = 13;

    private static readonly string[] s_collections =
        [ViewRecords.Views, PartitionRecords.Partitions, ParkedRecords.Parked, SkippedRecords.Skipped, WorkerRecords.Workers];

    private readonly ILogger _logger;
    private readonly MongoClient _client;
    private readonly string _hosts;
    private readonly SemaphoreSlim _preparing = new(1);
    private ReadConcern? _snapshots;

    /// <exception cref="ArgumentException">The connection string is not one. The message does not repeat it, as it may hold a
    /// password.</exception>
    public MongoServer(string connectionString, MongoViewStoreOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        _logger = logger;
        var (settings, database) = Parse(connectionString, options);

        // The driver shares the connections of clients with equal settings, and the first that is disposed closes
        // them for all. A configurator of its own makes this one's settings unlike any others.
        settings.ClusterConfigurator = _ => GC.KeepAlive(this);
        _hosts = string.Join(", ", settings.Servers);
        _client = new MongoClient(settings);
        Database = _client.GetDatabase(database, new MongoDatabaseSettings
        {
            ReadConcern = ReadConcern.Local,
            ReadPreference = ReadPreference.Primary,
            WriteConcern = WriteConcern.WMajority,
        });
        Transactions = new MongoTransactions(_client, options.TransactionRetryTime, time);
    }

    public IMongoDatabase Database { get; }

    public MongoTransactions Transactions { get; }

    public void Dispose()
    {
        _client.Dispose();
        _preparing.Dispose();
    }

    /// <summary>Calls the deployment, and says in the port's way when it can't be reached or can't serve now.</summary>
    /// <param name="call">
    /// Gets the read concern by which one command reads several collections as they were at one instant, where the server can do that.
    /// </param>
    /// <exception cref="ViewStoreUnusableException">It has no transactions.</exception>
    public async Task<T> CallAsync<T>(Func<ReadConcern, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(_snapshots ?? await PrepareAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (MongoErrors.IsUnavailable(e))
        {
            throw Unavailable(e);
        }
    }

    /// <summary>What an error for which <see cref="MongoErrors.IsUnavailable"/> holds means, in one sentence that says why.</summary>
    public ViewStoreUnavailableException Unavailable(Exception e)
    {
        var heard = _client.Cluster.Description.Servers.Select(server => server.HeartbeatException).OfType<Exception>().FirstOrDefault();
        return MongoErrors.Unavailable(_hosts, heard?.GetBaseException().Message, e);
    }

    /// <summary>Looks at the deployment, once, and makes the collections that everything else begins with.</summary>
    private async Task<ReadConcern> PrepareAsync(CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _snapshots ??= await PrepareNowAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async Task<ReadConcern> PrepareNowAsync(CancellationToken cancellationToken)
    {
        var hello = await Database.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), cancellationToken: cancellationToken)
            .ConfigureAwait(false);

        // A member of a replica set tells its name, a router of a sharded cluster says "isdbgrid".
        if (!hello.Contains("setName") && hello.GetValue("msg", BsonNull.Value) != "isdbgrid")
        {
            throw new ViewStoreUnusableException(
                $"The MongoDB at {_hosts} has no transactions, which the view store needs. Make it a replica set, of one member at least: "
                + "start mongod with --replSet orderly, run rs.initiate() once, and add ?replicaSet=orderly to ConnectionStrings:MongoDb.");
        }

        LogConnected(_logger, _hosts, Database.DatabaseNamespace.DatabaseName);

        // Not by the first insert: an engine was seen to lose one of several that made the same collection at once.
        foreach (var name in s_collections)
        {
            await CreateCollectionAsync(name, cancellationToken).ConfigureAwait(false);
        }

        return hello["maxWireVersion"].ToInt32() >= SnapshotReadsWireVersion ? ReadConcern.Snapshot : ReadConcern.Local;
    }

    private async Task CreateCollectionAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await Database.CreateCollectionAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException e) when (e.Code == MongoErrors.NamespaceExists)
        {
            // It is there.
        }
    }

    public static (MongoClientSettings Settings, string Database) Parse(string connectionString, MongoViewStoreOptions options)
    {
        try
        {
            var parsed = new ConnectionString(connectionString);
            var settings = MongoClientSettings.FromConnectionString(connectionString);
            settings.ApplicationName ??= "orderly";
            settings.ServerSelectionTimeout = parsed.ServerSelectionTimeout ?? options.ServerSelectionTimeout;
            settings.SocketTimeout = parsed.SocketTimeout ?? options.SocketTimeout;
            return (settings, string.IsNullOrEmpty(parsed.DatabaseName) ? options.Database : parsed.DatabaseName);
        }
        catch (Exception e) when (e is MongoConfigurationException or ArgumentException or FormatException)
        {
            // Neither the driver's message nor the exception goes further: they repeat what they can't read.
            throw new ArgumentException(
                "The connection string of MongoDB can't be read; it has the form "
                + "mongodb://user:password@host:27017/database?replicaSet=name.");
        }
    }

    [LoggerMessage(1201, LogLevel.Information, "The view store is MongoDB at {Hosts}, database {Database}.")]
    private static partial void LogConnected(ILogger logger, string hosts, string database);
}
