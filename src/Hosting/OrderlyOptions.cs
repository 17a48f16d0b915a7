using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Orderly.Domain.Deciding;
using Orderly.Processes;
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

/// <summary>Where things are, and which run here.</summary>
public sealed partial record OrderlyOptions
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

    /// <summary>The kind of event store: <c>Sqlite</c> or <c>EventStoreDb</c>.</summary>
    public string EventStore { get; init; } = Sqlite;

    /// <summary>The kind of view store: <c>Sqlite</c> or <c>MongoDb</c>.</summary>
    public string Views { get; init; } = Sqlite;

    /// <summary>
    /// Where projections and processes run: <c>InProcess</c>, in the API's; or <c>Separate</c>, in <c>worker run</c>. When it is left out,
    /// in the API's process if both stores are embedded.
    /// </summary>
    public WorkerPlacement? Workers { get; init; }

    /// <summary>The projections and processes of this program, by name (<c>Only:0</c>, <c>Only:1</c>, …); none: all of them.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Whether the API's process runs the projections and processes.</summary>
    public bool RunsWorkersInProcess
        => Workers is null ? EventStore == Sqlite && Views == Sqlite : Workers == WorkerPlacement.InProcess;

    /// <summary>How far a view may be behind the log while the API is ready: the age of the first event that it lacks.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", MinimumIsExclusive = true)]
    public TimeSpan MaxViewLag { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bounds of the write path.</summary>
    public DeciderOptions Decider { get; init; } = new();

    /// <summary>Bounds of the subscription engine.</summary>
    public SubscriptionOptions Subscriptions { get; init; } = new();

    /// <summary>The rules that the processes keep.</summary>
    public ProcessOptions Processes { get; init; } = new();

    /// <summary>How much the HTTP interface takes on.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>What the HTTP interface does only when it is asked to.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>Who may call the HTTP interface.</summary>
    public AuthenticationOptions Authentication { get; init; } = new();

    /// <summary>How long the stores may take to answer.</summary>
    public StoreOptions Stores { get; init; } = new();

    /// <summary>Where metrics and traces are sent.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>What is wrong with the settings of the domain's own parts, a sentence each.</summary>
    internal IReadOnlyList<string> DomainFaults
    {
        get
        {
            List<string> faults = [];
            AddDomainFaults(faults);
            return faults;
        }
    }

    partial void AddDomainFaults(List<string> faults);

    /// <summary>The section as the binder can read it.</summary>
    internal static IConfiguration SectionOf(IConfiguration configuration)
    {
        var never = Setting.All.Where(setting => setting.MayBeNever).Select(setting => $"{Section}:{setting.Path}")
            .Where(key => string.Equals(configuration[key], "never", StringComparison.OrdinalIgnoreCase))
            .Select(key => KeyValuePair.Create<string, string?>(key, Timeout.InfiniteTimeSpan.ToString("c")));
        return new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(never).Build().GetSection(Section);
    }
}

/// <summary>Stops a start with settings that can't work.</summary>
internal sealed class OrderlyOptionsValidator(IConfiguration configuration) : IValidateOptions<OrderlyOptions>
{
    public ValidateOptionsResult Validate(string? name, OrderlyOptions options)
    {
        (bool Holds, string Rule)[] rules =
        [
            (!string.IsNullOrWhiteSpace(options.DataDirectory), "DataDirectory must name a folder."),
            (options.EventStore != OrderlyOptions.EventStoreDb || EventStoreDbServices.ArePresent,
                "EventStore is 'EventStoreDb', but this build does not carry its client. "
                + "Build it with -p:EventStoreDb=true (docs/operations.md), or use 'Sqlite'."),
            (options.Workers is not { } placement || Enum.IsDefined(placement), "Workers must be 'InProcess' or 'Separate'."),
            (options.Decider.ConcurrentStreams <= 0 || int.IsPow2(options.Decider.ConcurrentStreams),
                "Decider:ConcurrentStreams must be a power of two."),
            (options.Subscriptions.MaxRetryDelay >= options.Subscriptions.FirstRetryDelay,
                "Subscriptions:MaxRetryDelay must be at least FirstRetryDelay."),
            .. options.Http.Rules,
            .. options.Authentication.Rules,
            (options.Telemetry.PrometheusAddress is not { } address || MetricsServer.CanListenAt(address),
                "Telemetry:PrometheusAddress must be a scheme, a host and a port, such as http://localhost:9464."),
        ];
        string[] faults =
        [
            .. rules.Where(rule => !rule.Holds).Select(rule => $"Orderly:{rule.Rule}"),
            .. UnknownSettings.FaultsOf(configuration.GetSection(OrderlyOptions.Section), typeof(OrderlyOptions)),
            .. Setting.FaultsOf(options),
            .. StoreFaults(
                nameof(options.EventStore), options.EventStore, OrderlyOptions.EventStoreDb, "esdb://localhost:2113?tls=false",
                EventStoreDbServices.Check),
            .. StoreFaults(
                nameof(options.Views), options.Views, OrderlyOptions.MongoDb, "mongodb://localhost:27017/orderly?replicaSet=rs0",
                MongoViewStore.Check),
            .. options.DomainFaults,
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
