using System.Text.Json.Serialization;
using MediatR;
using Orderly.Access;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Deciding;

/// <summary>
/// A request to change one stream. The command is data and its decision; loading, appending and retrying are the
/// <see cref="Decider"/>'s.
/// </summary>
/// <typeparam name="TState">The aggregate that decides.</typeparam>
public abstract record Command<TState> : IRequest<CommandResult>
    where TState : class, IAggregate<TState>
{
    /// <summary>Who sends it, when and why.</summary>
    public required CommandContext Context { get; init; }

    /// <summary>The id of the aggregate; with its category it names the stream.</summary>
    public abstract string AggregateId { get; }

    /// <summary>A stream that has to exist besides the aggregate's own; null when there is none.</summary>
    public virtual RequiredStream? Requires => null;

    /// <summary>
    /// Whether the caller may send it, as far as the command itself tells. A command that does not say is for parts of the program only.
    /// </summary>
    public virtual bool IsAllowedTo(Caller caller) => caller.IsProgram;

    /// <summary>
    /// Why the caller may not do it to what is there; null: they may. What is another's is refused in the words for what is not there.
    /// </summary>
    public virtual Refusal? RefuseTo(Caller caller, TState state) => null;

    /// <summary>
    /// What is another each time that the same request is sent, such as the hash of a new secret: hexadecimal, at least 8 digits. The ids
    /// of its events differ by it, so that an append is never taken for one with another secret. Null: nothing is.
    /// </summary>
    public virtual string? Chance => null;

    /// <summary>What follows from this command in this state. Pure: all it may use is the command and the state.</summary>
    public abstract Decision Decide(TState state);
}

/// <summary>A stream that a command takes for granted. It is looked at before the decision, not in one transaction with it.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Missing">The refusal when it has no events.</param>
public sealed record RequiredStream(string Stream, Refusal Missing);

/// <summary>Who sends a command, when and why; it ends up in the metadata of the events.</summary>
/// <param name="CommandId">The command's identity; the ids of its events derive from it.</param>
/// <param name="CorrelationId">Names the whole flow that began with one request.</param>
/// <param name="CausationId">The event that made a process send it; the command's own id otherwise.</param>
/// <param name="Caller">Who sends it, and what they may do.</param>
/// <param name="At">The time of the command (UTC): the only clock that a decision sees.</param>
public sealed record CommandContext(Guid CommandId, Guid CorrelationId, Guid CausationId, Caller Caller, DateTimeOffset At)
{
    /// <summary>Who sends it, as the metadata of events says it.</summary>
    public string Actor => Caller.Actor;

    /// <summary>The W3C trace context.</summary>
    public string? TraceParent { get; init; }

    /// <summary>
    /// A digest of the whole request, hexadecimal, at least 8 digits; set when the command may be sent again under the
    /// same id. The second time it is answered from the log.
    /// </summary>
    public string? RequestHash { get; init; }

    /// <summary>The revisions that the caller is willing to change (<c>If-Match</c>); null: any.</summary>
    public RevisionCondition? IfMatch { get; init; }

    /// <summary>The context of a command that an event made a process send: as often as it is sent, it takes effect once.</summary>
    /// <param name="cause">The event.</param>
    /// <param name="process">The process's name, which is also who sends it.</param>
    /// <param name="purpose">Tells apart what a process sends because of one event.</param>
    public static CommandContext ForReaction(EventReference cause, string process, string purpose, DateTimeOffset at)
    {
        var commandId = CommandIds.FromName(process, cause.EventId.ToString(), purpose);
        var sender = Caller.Of(process) with { Details = cause.Actor is { } began ? new ActorDetails(OnBehalfOf: began) : null };
        return new CommandContext(commandId, cause.CorrelationId, cause.EventId, sender, WholeMilliseconds(at))
        {
            RequestHash = commandId.ToString("N"),
            TraceParent = cause.TraceParent,
        };
    }

    /// <summary>The context of a request that nothing caused but its sender.</summary>
    /// <param name="at">Kept to the millisecond: every view store, and every client's language, can hold that.</param>
    public static CommandContext ForRequest(Guid commandId, Caller caller, DateTimeOffset at)
        => new(commandId, commandId, commandId, caller, WholeMilliseconds(at));

    /// <summary>The context of a command that a part of the program sends of itself.</summary>
    /// <param name="part">Its name.</param>
    /// <inheritdoc cref="ForRequest(Guid, Caller, DateTimeOffset)"/>
    public static CommandContext ForRequest(Guid commandId, string part, DateTimeOffset at) => ForRequest(commandId, Caller.Of(part), at);

    /// <summary>The time without what is finer than a millisecond.</summary>
    internal static DateTimeOffset WholeMilliseconds(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMillisecond));
}

/// <summary>An event as the cause of a command.</summary>
/// <param name="TraceParent">The W3C trace context that the event carries.</param>
public sealed record EventReference(Guid EventId, Guid CorrelationId, string? TraceParent)
{
    /// <summary>Whose request began it all; null: nobody who is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Actor { get; init; }

    public static EventReference To(RecordedEvent recorded)
    {
        var metadata = EventTypes.DecodeMetadata(recorded);

        // What no event made somebody send, its sender began.
        var began = metadata?.By?.OnBehalfOf ?? (metadata?.CausationId == metadata?.CommandId ? metadata?.Actor : null);
        return new EventReference(recorded.Id, metadata?.CorrelationId ?? recorded.Id, metadata?.TraceParent)
        {
            Actor = began == Caller.Anonymous.Actor ? null : began,
        };
    }
}

/// <summary>A condition on a stream's revision that the caller named.</summary>
/// <param name="Revisions">Any of these; null for <c>*</c>: any revision, but the stream exists.</param>
public sealed record RevisionCondition(IReadOnlyList<long>? Revisions)
{
    public bool Accepts(long revision) => Revisions is null ? revision >= 0 : Revisions.Contains(revision);
}
