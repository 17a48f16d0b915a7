using Microsoft.Extensions.Options;
using Orderly.Domain.Deciding;
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

    /// <summary>The only store kind that this version carries.</summary>
    public const string Sqlite = "Sqlite";

    /// <summary>The folder of the embedded stores; relative to the working directory.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>The kind of event store.</summary>
    public string EventStore { get; init; } = Sqlite;

    /// <summary>The kind of view store.</summary>
    public string Views { get; init; } = Sqlite;

    /// <summary>Where the projections run.</summary>
    public WorkerPlacement Workers { get; init; } = WorkerPlacement.InProcess;

    /// <summary>Bounds of the write path.</summary>
    public DeciderOptions Decider { get; init; } = new();

    /// <summary>Bounds of the subscription engine.</summary>
    public SubscriptionOptions Subscriptions { get; init; } = new();
}

/// <summary>Stops a start with settings that can't work.</summary>
internal sealed class OrderlyOptionsValidator : IValidateOptions<OrderlyOptions>
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
        Check(options.EventStore == OrderlyOptions.Sqlite, $"Orderly:EventStore is '{options.EventStore}'; this version knows '{OrderlyOptions.Sqlite}' only.");
        Check(options.Views == OrderlyOptions.Sqlite, $"Orderly:Views is '{options.Views}'; this version knows '{OrderlyOptions.Sqlite}' only.");
        Check(Enum.IsDefined(options.Workers), "Orderly:Workers must be 'InProcess' or 'Separate'.");
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
        Check(options.Subscriptions.FirstRetryDelay > TimeSpan.Zero, "Orderly:Subscriptions:FirstRetryDelay must be more than zero.");
        Check(
            options.Subscriptions.MaxRetryDelay >= options.Subscriptions.FirstRetryDelay,
            "Orderly:Subscriptions:MaxRetryDelay must be at least FirstRetryDelay.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
