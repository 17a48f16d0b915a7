using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orderly.Domain.EventStore;
using Orderly.Domain.Validation;

namespace Orderly.Domain.Deciding;

/// <summary>
/// What the write path tells about itself, through the framework's own instruments: whoever wants to know listens to
/// <see cref="Name"/>. The table of instruments is in <c>docs/operations.md</c>.
/// </summary>
/// <remarks>
/// While nobody listens nothing is made or allocated. It reads no clock: how long an append takes is measured around the port.
/// </remarks>
public static class CommandTelemetry
{
    /// <summary>The name of the meters and of the activity sources of all rooms.</summary>
    public const string Name = "Orderly";

    private static readonly Meter s_meter = new(Name);
    private static readonly ActivitySource s_source = new(Name);

    private static readonly Counter<long> s_commands = s_meter.CreateCounter<long>(
        "orderly.commands", "{command}", "Commands that were answered, by what became of them.");

    private static readonly Counter<long> s_conflicts = s_meter.CreateCounter<long>(
        "orderly.append.conflicts", "{conflict}", "Appends that found the stream at another revision than they were decided on.");

    /// <summary>Whether anybody listens to commands.</summary>
    internal static bool IsListenedTo => s_commands.Enabled || s_source.HasListeners();

    /// <summary>Counts a command that is refused before it is decided on.</summary>
    internal static void Invalid(string command) => Count(command, "invalid");

    /// <summary>Counts a lost race.</summary>
    internal static void Conflict(string category) => s_conflicts.Add(1, new KeyValuePair<string, object?>("category", category));

    /// <summary>Begins to follow a command; only while <see cref="IsListenedTo"/>.</summary>
    internal static CommandMeasurement Follow<TState>(Command<TState> command)
        where TState : class, IAggregate<TState>
    {
        var name = command.GetType().Name;
        var activity = s_source.HasListeners()
            ? s_source.StartActivity($"decide {name}", ActivityKind.Internal, ParentOf(command.Context))
            : null;
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("orderly.command", name).SetTag("orderly.command.id", command.Context.CommandId.ToString());
        }

        return new CommandMeasurement(name, activity);
    }

    /// <summary>
    /// Begins the part of a trace in which events are appended; null while nobody listens. The events carry it as their trace parent.
    /// </summary>
    /// <remarks>Names as in the semantic conventions for messaging: the log is the broker, a stream is a destination.</remarks>
    internal static Activity? StartAppend(string category, string stream, int events)
    {
        var activity = s_source.HasListeners() ? s_source.StartActivity($"append {category}", ActivityKind.Producer) : null;
        if (activity is { IsAllDataRequested: true })
        {
            activity
                .SetTag("messaging.system", "orderly")
                .SetTag("messaging.operation.name", "append")
                .SetTag("messaging.operation.type", "send")
                .SetTag("messaging.destination.name", stream)
                .SetTag("messaging.destination.template", $"{category}-{{id}}")
                .SetTag("messaging.batch.message_count", events);
        }

        return activity;
    }

    /// <summary>Ends it with what became of the append.</summary>
    internal static void Appended(this Activity activity, AppendResult result)
    {
        switch (result)
        {
            case AppendResult.Appended appended:
                activity.SetTag("orderly.outcome", "appended");
                activity.SetTag("orderly.revision", appended.Revision).SetTag("orderly.position", appended.Position.Value);
                break;

            case AppendResult.WrongExpectedRevision:
                // No error: the command is decided again on what the others wrote.
                activity.SetTag("orderly.outcome", "conflict");
                break;

            default:
                activity.SetTag("orderly.outcome", "deleted");
                break;
        }
    }

    /// <summary>Marks it as failed. The type says what happened; the message stays out, since a trace leaves the service.</summary>
    internal static void Failed(this Activity activity, Exception e)
        => activity.SetStatus(ActivityStatusCode.Error).SetTag("error.type", e.GetType().FullName);

    internal static void Count(string command, string outcome)
        => s_commands.Add(1, new KeyValuePair<string, object?>("command", command), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>
    /// The trace that the command belongs to. A process that works through many events has one activity of its own, and each
    /// command's context names the trace of the event that caused it; where both are of one trace, the current one is nearer.
    /// </summary>
    private static ActivityContext ParentOf(CommandContext context)
        => ActivityContext.TryParse(context.TraceParent, null, isRemote: true, out var cause)
            && Activity.Current?.TraceId != cause.TraceId ? cause : default;
}

/// <summary>One command, from when it begins to be decided until it is answered.</summary>
/// <param name="command">The name of its type.</param>
/// <param name="activity">Its part of the trace; null when it is not traced.</param>
internal sealed class CommandMeasurement(string command, Activity? activity) : IDisposable
{
    /// <summary>That it was not answered from what the log held already.</summary>
    public bool HasAppended { get; set; }

    public void Answered(CommandResult result)
    {
        var outcome = result is CommandResult.Refused { Refusal.Kind: var kind } ? LowerCase<RefusalKind>.NameOf(kind)
            : HasAppended ? "accepted" : "unchanged";
        CommandTelemetry.Count(command, outcome);
        activity?.SetTag("orderly.outcome", outcome);
        if (result is CommandResult.Refused { Refusal.Kind: RefusalKind.UnreadableStream })
        {
            // The one refusal that is not the caller's: somebody has to look at the log.
            activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", outcome);
        }
    }

    public void Failed(Exception e)
    {
        var outcome = e switch
        {
            EventStoreUnavailableException => "unavailable",
            OperationCanceledException => "cancelled",
            _ => "error",
        };
        CommandTelemetry.Count(command, outcome);
        activity?.SetTag("orderly.outcome", outcome);
        activity?.Failed(e);
    }

    public void Dispose() => activity?.Dispose();
}
