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

    /// <summary>How far a view may be behind the log while the API is ready: the age of the first event that it lacks.</summary>
    public TimeSpan MaxViewLag { get; init; } = TimeSpan.FromMinutes(5);

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
        var (decider, subscriptions, processes) = (options.Decider, options.Subscriptions, options.Processes);
        (bool Holds, string Rule)[] rules =
        [
            (!string.IsNullOrWhiteSpace(options.DataDirectory), "DataDirectory must name a folder."),
            (options.EventStore != OrderlyOptions.EventStoreDb || EventStoreDbServices.ArePresent,
                "EventStore is 'EventStoreDb', but this build does not carry its client. "
                + "Build it with -p:EventStoreDb=true (docs/operations.md), or use 'Sqlite'."),
            (options.Workers is not { } placement || Enum.IsDefined(placement), "Workers must be 'InProcess' or 'Separate'."),
            (options.MaxViewLag > TimeSpan.Zero, "MaxViewLag must be more than zero."),
            (decider.MaxAttempts > 0, "Decider:MaxAttempts must be at least 1."),
            (decider.CachedStreams > 0, "Decider:CachedStreams must be at least 1."),
            (decider.ConcurrentStreams > 0 && int.IsPow2(decider.ConcurrentStreams),
                "Decider:ConcurrentStreams must be a power of two."),
            (subscriptions.MaxBatchEvents > 0, "Subscriptions:MaxBatchEvents must be at least 1."),
            (subscriptions.ReadAhead > 0, "Subscriptions:ReadAhead must be at least 1."),
            (subscriptions.CachedDocuments > 0, "Subscriptions:CachedDocuments must be at least 1."),
            (subscriptions.MaxBatchDelay > TimeSpan.Zero, "Subscriptions:MaxBatchDelay must be more than zero."),
            (subscriptions.MinCommitInterval >= TimeSpan.Zero, "Subscriptions:MinCommitInterval must not be negative."),
            (subscriptions.LeaseDuration >= TimeSpan.FromMilliseconds(100), "Subscriptions:LeaseDuration must be at least 0.1 s."),
            (subscriptions.SharedReadPatience > TimeSpan.Zero, "Subscriptions:SharedReadPatience must be more than zero."),
            (subscriptions.Partitions is >= 1 and <= 256, "Subscriptions:Partitions must be 1 to 256."),
            (subscriptions.MaxAttempts >= 2, "Subscriptions:MaxAttempts must be at least 2."),
            (subscriptions.MaxParkedEvents > 0, "Subscriptions:MaxParkedEvents must be at least 1."),
            (subscriptions.KeepRetired >= TimeSpan.Zero, "Subscriptions:KeepRetired must not be negative."),
            (subscriptions.FirstRetryDelay > TimeSpan.Zero, "Subscriptions:FirstRetryDelay must be more than zero."),
            (subscriptions.MaxRetryDelay >= subscriptions.FirstRetryDelay,
                "Subscriptions:MaxRetryDelay must be at least FirstRetryDelay."),
            (processes.FraudLimit > 0, "Processes:FraudLimit must be more than zero."),
            (processes.FraudSessionGap > TimeSpan.Zero, "Processes:FraudSessionGap must be more than zero."),
            (processes.CheckDeadline > TimeSpan.Zero, "Processes:CheckDeadline must be more than zero."),
            (processes.PaymentDeadline > TimeSpan.Zero, "Processes:PaymentDeadline must be more than zero."),
        ];
        string[] faults =
        [
            .. rules.Where(rule => !rule.Holds).Select(rule => $"Orderly:{rule.Rule}"),
            .. StoreFaults(
                nameof(options.EventStore), options.EventStore, OrderlyOptions.EventStoreDb, "esdb://localhost:2113?tls=false",
                EventStoreDbServices.Check),
            .. StoreFaults(
                nameof(options.Views), options.Views, OrderlyOptions.MongoDb, "mongodb://localhost:27017/orderly?replicaSet=rs0",
                MongoViewStore.Check),
            .. options.Email.FindFaults(),
            .. OtlpSettings.FaultsOf(configuration),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <param name="server">The kind that is on a server; also the name of its connection string.</param>
    /// <param name="check">Throws for a connection string that can't be read. It does not connect.</param>
    private IEnumerable<string> StoreFaults(string setting, string kind, string server, string example, Action<string> check)
    {
        if (kind != OrderlyOptions.Sqlite && kind != server)
        {
            yield return $"Orderly:{setting} is '{kind}'; it must be '{OrderlyOptions.Sqlite}' or '{server}'.";
        }

        var connectionString = configuration.GetConnectionString(server);
        if (kind == server && string.IsNullOrWhiteSpace(connectionString))
        {
            yield return $"Orderly:{setting} is '{server}', so ConnectionStrings:{server} must say where the server is, such as {example}.";
        }
        else if (kind == server && FaultOf(connectionString!, check) is { } fault)
        {
            yield return $"ConnectionStrings:{server}: {fault}";
        }
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
