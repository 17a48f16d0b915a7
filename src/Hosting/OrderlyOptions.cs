using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Orderly.Domain.Deciding;
using Orderly.Processes;
using Orderly.Processes.Email;
using Orderly.Storage.MongoDb;
using Orderly.Subscriptions;

namespace Orderly.Hosting;

/// <summary>Where the workers run.</summary>
public enum WorkerPlacement
{
    /// <summary>In the process of the API.</summary>
    InProcess,

    /// <summary>In processes of their own, started with <c>worker run</c>.</summary>
    Separate,
}

/// <summary>The configuration section <c>Orderly</c>.</summary>
public sealed record OrderlyOptions
{
    public const string Section = "Orderly";

    /// <summary>The embedded stores, of both kinds.</summary>
    public const string Sqlite = "Sqlite";

    /// <summary>The event store on a server; also the name of its connection string.</summary>
    public const string EventStoreDb = "EventStoreDb";

    /// <summary>The view store on a server; also the name of its connection string.</summary>
    public const string MongoDb = "MongoDb";

    /// <summary>The folder of the embedded stores; relative to the working directory.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>The kind of event store: <see cref="Sqlite"/> or <see cref="EventStoreDb"/>.</summary>
    public string EventStore { get; init; } = Sqlite;

    /// <summary>The kind of view store: <see cref="Sqlite"/> or <see cref="MongoDb"/>.</summary>
    public string Views { get; init; } = Sqlite;

    /// <summary>Where the projections run; null: in the API's process when both stores are embedded, else in their own.</summary>
    public WorkerPlacement? Workers { get; init; }

    /// <summary>The names of the projections and processes that this program runs; none: all of them.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Whether the API's process runs the projections and processes.</summary>
    public bool RunsWorkersInProcess
        => Workers is null ? EventStore == Sqlite && Views == Sqlite : Workers == WorkerPlacement.InProcess;

    /// <summary>Bounds of the write path.</summary>
    public DeciderOptions Decider { get; init; } = new();

    /// <summary>Bounds of the subscription engine.</summary>
    public SubscriptionOptions Subscriptions { get; init; } = new();

    /// <summary>The rules that the processes keep.</summary>
    public ProcessOptions Processes { get; init; } = new();

    /// <summary>How customers are written to.</summary>
    public EmailOptions Email { get; init; } = new();

    /// <summary>Where metrics and traces are sent.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>Stops a start with settings that can't work.</summary>
internal sealed class OrderlyOptionsValidator(IConfiguration configuration) : IValidateOptions<OrderlyOptions>
{
    public ValidateOptionsResult Validate(string? name, OrderlyOptions options)
    {
        List<string> errors = [];
        void Check(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }

        Check(!string.IsNullOrWhiteSpace(options.DataDirectory), "Orderly:DataDirectory must name a folder.");
        CheckStore(
            nameof(options.EventStore), options.EventStore, OrderlyOptions.EventStoreDb, "esdb://localhost:2113?tls=false",
            EventStoreDbServices.Check);
        CheckStore(
            nameof(options.Views), options.Views, OrderlyOptions.MongoDb, "mongodb://localhost:27017/orderly?replicaSet=rs0",
            MongoViewStore.Check);
        Check(
            options.EventStore != OrderlyOptions.EventStoreDb || EventStoreDbServices.ArePresent,
            "Orderly:EventStore is 'EventStoreDb', but this build does not carry its client. "
            + "Build it with -p:EventStoreDb=true (docs/operations.md), or use 'Sqlite'.");
        Check(options.Workers is not { } placement || Enum.IsDefined(placement), "Orderly:Workers must be 'InProcess' or 'Separate'.");
        Check(options.Decider.MaxAttempts > 0, "Orderly:Decider:MaxAttempts must be at least 1.");
        Check(options.Decider.CachedStreams > 0, "Orderly:Decider:CachedStreams must be at least 1.");
        Check(
            options.Decider.ConcurrentStreams > 0 && int.IsPow2(options.Decider.ConcurrentStreams),
            "Orderly:Decider:ConcurrentStreams must be a power of two.");
        Check(options.Subscriptions.MaxBatchEvents > 0, "Orderly:Subscriptions:MaxBatchEvents must be at least 1.");
        Check(options.Subscriptions.ReadAhead > 0, "Orderly:Subscriptions:ReadAhead must be at least 1.");
        Check(options.Subscriptions.CachedDocuments > 0, "Orderly:Subscriptions:CachedDocuments must be at least 1.");
        Check(options.Subscriptions.MaxBatchDelay > TimeSpan.Zero, "Orderly:Subscriptions:MaxBatchDelay must be more than zero.");
        Check(options.Subscriptions.MinCommitInterval >= TimeSpan.Zero, "Orderly:Subscriptions:MinCommitInterval must not be negative.");
        Check(
            options.Subscriptions.LeaseDuration >= TimeSpan.FromMilliseconds(100),
            "Orderly:Subscriptions:LeaseDuration must be at least 0.1 s.");
        Check(options.Subscriptions.SharedReadPatience > TimeSpan.Zero, "Orderly:Subscriptions:SharedReadPatience must be more than zero.");
        Check(options.Subscriptions.Partitions is >= 1 and <= 256, "Orderly:Subscriptions:Partitions must be 1 to 256.");
        Check(options.Subscriptions.MaxAttempts >= 2, "Orderly:Subscriptions:MaxAttempts must be at least 2.");
        Check(options.Subscriptions.MaxParkedEvents > 0, "Orderly:Subscriptions:MaxParkedEvents must be at least 1.");
        Check(options.Subscriptions.KeepRetired >= TimeSpan.Zero, "Orderly:Subscriptions:KeepRetired must not be negative.");
        Check(options.Subscriptions.FirstRetryDelay > TimeSpan.Zero, "Orderly:Subscriptions:FirstRetryDelay must be more than zero.");
        Check(
            options.Subscriptions.MaxRetryDelay >= options.Subscriptions.FirstRetryDelay,
            "Orderly:Subscriptions:MaxRetryDelay must be at least FirstRetryDelay.");
        Check(options.Processes.FraudLimit > 0, "Orderly:Processes:FraudLimit must be more than zero.");
        Check(options.Processes.FraudSessionGap > TimeSpan.Zero, "Orderly:Processes:FraudSessionGap must be more than zero.");
        Check(options.Processes.CheckDeadline > TimeSpan.Zero, "Orderly:Processes:CheckDeadline must be more than zero.");
        Check(options.Processes.PaymentDeadline > TimeSpan.Zero, "Orderly:Processes:PaymentDeadline must be more than zero.");
        errors.AddRange(options.Email.FindFaults());
        errors.AddRange(OtlpSettings.FaultsOf(configuration));
        void CheckStore(string setting, string kind, string server, string example, Action<string> checkConnectionString)
        {
            Check(
                kind == OrderlyOptions.Sqlite || kind == server,
                $"Orderly:{setting} is '{kind}'; it must be '{OrderlyOptions.Sqlite}' or '{server}'.");
            if (kind != server)
            {
                return;
            }

            var connectionString = configuration.GetConnectionString(server);
            if (string.IsNullOrWhiteSpace(connectionString))
            {
                errors.Add(
                    $"Orderly:{setting} is '{server}', so ConnectionStrings:{server} must say where the server is, such as {example}.");
            }
            else if (FaultOf(connectionString, checkConnectionString) is { } fault)
            {
                errors.Add($"ConnectionStrings:{server}: {fault}");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>What is wrong with a connection string; null: nothing that can be seen without connecting.</summary>
    private static string? FaultOf(string connectionString, Action<string> check)
    {
        try
        {
            check(connectionString);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}
