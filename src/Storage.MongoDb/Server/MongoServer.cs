using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>The connection to the deployment, and what becomes of its errors. Safe for concurrent use.</summary>
internal sealed partial class MongoServer : IDisposable
{
    /// <summary>How long a call waits for a server that can serve it: short enough for a health check, enough for most elections.</summary>
    private static readonly TimeSpan s_selectionTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long the driver waits for an answer where no call of ours has a bound: in its background work.</summary>
    private static readonly TimeSpan s_socketTimeout = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a write waits for the majority: less than a worker's lease. A primary that lost it says so then, and the write is sent
    /// again.
    /// </summary>
    private static readonly TimeSpan s_majorityTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Durable on the majority, so that no election takes back what was acknowledged.</summary>
    public static readonly WriteConcern Durable = WriteConcern.WMajority.With(wTimeout: s_majorityTimeout);

    /// <summary>The wire version of MongoDB 5.0, the first that reads snapshots outside of transactions.</summary>
    private const int SnapshotReadsWireVersion = 13;

    private static readonly string[] s_collections =
        [ViewRecords.Views, PartitionRecords.Partitions, ParkedRecords.Parked, SkippedRecords.Skipped, WorkerRecords.Workers];

    private readonly ILogger _logger;
    private readonly MongoClient _client;
    private readonly string _hosts;
    private readonly SemaphoreSlim _preparing = new(1);
    private ReadConcern? _snapshots;

    /// <exception cref="ArgumentException">The connection string is not one.</exception>
    public MongoServer(string connectionString, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        var (settings, database) = Parse(connectionString);

        // The driver shares the connections of clients with equal settings, and the first that is disposed closes
        // them for all. A configurator of its own makes this one's settings unlike any others.
        settings.ClusterConfigurator = _ => GC.KeepAlive(this);
        _hosts = string.Join(", ", settings.Servers);
        _client = new MongoClient(settings);

        // What a primary that is none any more has alone, no read shows. It may be behind the new one; but then its positions are, too,
        // and a reader that asked for a later one goes on waiting.
        Database = _client.GetDatabase(database).WithReadConcern(ReadConcern.Majority).WithReadPreference(ReadPreference.Primary)
            .WithWriteConcern(Durable);
        Transactions = new MongoTransactions(_client, time);
    }

    public IMongoDatabase Database { get; }

    public MongoTransactions Transactions { get; }

    public void Dispose()
    {
        _client.Dispose();
        _preparing.Dispose();
    }

    /// <summary>Calls the deployment, and says in the port's way when it can't be reached or can't serve now.</summary>
    /// <param name="timeout">How long all that takes at most. What was to be written may be written all the same.</param>
    /// <param name="call">
    /// Gets the read concern by which one command reads several collections as they were at one instant, where the server can do that.
    /// </param>
    /// <exception cref="ViewStoreUnusableException">It has no transactions.</exception>
    public async Task<T> CallAsync<T>(
        TimeSpan timeout, Func<ReadConcern, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(timeout);
        try
        {
            // The driver sees a cancellation late where it waits for a connection that is being made.
            return await PrepareAndCallAsync(call, bound.Token).WaitAsync(bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (bound.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(new TimeoutException(e.Message, e));
        }
        catch (Exception e) when (MongoErrors.IsUnavailable(e))
        {
            throw Unavailable(e);
        }
    }

    private async Task<T> PrepareAndCallAsync<T>(Func<ReadConcern, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
        => await call(_snapshots ?? await PrepareAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>What an error for which <see cref="MongoErrors.IsUnavailable"/> holds means, in one sentence that says why.</summary>
    public ViewStoreUnavailableException Unavailable(Exception e)
    {
        var heard = _client.Cluster.Description.Servers.Select(server => server.HeartbeatException).OfType<Exception>().FirstOrDefault();
        var reason = heard is null ? "." : $": {heard.GetBaseException().Message}";
        return e switch
        {
            MongoAuthenticationException => new($"The view store at {_hosts} did not accept the credentials.", e),
            MongoConnectionException or MongoConnectionPoolPausedException
                => new($"The connection to the view store at {_hosts} failed.", e),
            TimeoutException => new($"No server of the view store at {_hosts} answered in time{reason}", e),
            _ => new($"The view store at {_hosts} can't serve the call now: {e.GetType().Name}.", e),
        };
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
            await ViewCollection.EnsureAsync(Database, name, cancellationToken).ConfigureAwait(false);
        }

        return hello["maxWireVersion"].ToInt32() >= SnapshotReadsWireVersion ? ReadConcern.Snapshot : ReadConcern.Majority;
    }

    /// <summary>The settings that the connection string names, and for what it does not name our own.</summary>
    public static (MongoClientSettings Settings, string Database) Parse(string connectionString)
    {
        try
        {
            var parsed = new ConnectionString(connectionString);
            var settings = MongoClientSettings.FromConnectionString(connectionString);
            settings.ApplicationName ??= "orderly";
            settings.ServerSelectionTimeout = parsed.ServerSelectionTimeout ?? s_selectionTimeout;
            settings.SocketTimeout = parsed.SocketTimeout ?? s_socketTimeout;
            return (settings, string.IsNullOrEmpty(parsed.DatabaseName) ? "orderly" : parsed.DatabaseName);
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
