using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Deciding;

/// <summary>Bounds of the write path.</summary>
public sealed record DeciderOptions
{
    /// <summary>How often a command is decided anew after losing a race against another writer, before it is refused.</summary>
    [Range(1, int.MaxValue)]
    public int MaxAttempts { get; init; } = 10;

    /// <summary>How many streams' states are kept in memory at least once they were used again; little more than twice as many.</summary>
    [Range(1, int.MaxValue)]
    public int CachedStreams { get; init; } = 20_000;

    /// <summary>How many streams can be changed at the same time; a power of two.</summary>
    [Range(1, int.MaxValue)]
    public int ConcurrentStreams { get; init; } = 4096;
}

/// <summary>
/// Load, decide, append, retry: the write path of every command. One append to one stream is all that a command does.
/// Safe for concurrent use; one instance serves a process.
/// </summary>
public sealed class Decider(IEventStore store, ICommandIndex commands, EventTypes types, DeciderOptions options)
{
    private readonly StateCache _cache = new(options.CachedStreams);

    /// <summary>What this process has appended for a client's key: known at once, while an index may be behind the log.</summary>
    private readonly RecentlyUsed<string> _streamsOfCommands = new(options.CachedStreams);
    private readonly StreamTurns _turns = new(options.ConcurrentStreams);
    private readonly StreamTurns _repeatableTurns = new(options.ConcurrentStreams);

    /// <summary>Executes a command, if its sender may send it.</summary>
    /// <exception cref="EventStoreUnavailableException">
    /// Whether it took effect is unknown; sending it again is safe under the same command id.
    /// </exception>
    public Task<CommandResult> ExecuteAsync<TState>(Command<TState> command, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
        => !command.Context.Caller.IsProgram && !command.IsAllowedTo(command.Context.Caller)
            ? Task.FromResult<CommandResult>(new CommandResult.Refused(Refusal.Forbidden))
            : CommandTelemetry.IsListenedTo
            ? ExecuteMeasuredAsync(command, cancellationToken)
            : ExecuteAsync(command, null, cancellationToken);

    /// <summary>
    /// An aggregate's state as of now, for who decides about something else: it may have changed by the time of the answer.
    /// </summary>
    /// <returns>Its initial state when it has no events.</returns>
    /// <exception cref="InvalidOperationException">Its stream holds an event that can't be read.</exception>
    public async Task<TState> ReadAsync<TState>(string id, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        var stream = $"{TState.Category}-{id}";
        var loaded = await ReadOnAsync(stream, (Loaded<TState>?)_cache.Find(stream) ?? Loaded<TState>.Nothing, cancellationToken)
            .ConfigureAwait(false);
        return loaded.Unreadable is { } unreadable ? throw new InvalidOperationException(unreadable.Refusal.Detail) : loaded.State;
    }

    private async Task<CommandResult> ExecuteMeasuredAsync<TState>(Command<TState> command, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        using var measured = CommandTelemetry.Follow(command);
        try
        {
            var result = await ExecuteAsync(command, measured, cancellationToken).ConfigureAwait(false);
            measured.Answered(result);
            return result;
        }
        catch (Exception e)
        {
            measured.Failed(e);
            throw;
        }
    }

    private Task<CommandResult> ExecuteAsync<TState>(
        Command<TState> command, CommandMeasurement? measured, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        var stream = $"{TState.Category}-{command.AggregateId}";
        return command.Requires is null && command.Context.RequestHash is null
            ? ExecuteInTurnAsync(command, stream, measured, cancellationToken)
            : ExecuteBesideOthersAsync(command, stream, measured, cancellationToken);
    }

    /// <summary>Executes a command that depends on other streams than its own.</summary>
    private async Task<CommandResult> ExecuteBesideOthersAsync<TState>(
        Command<TState> command, string stream, CommandMeasurement? measured, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        if (command.Requires is { } required && !await ExistsAsync(required.Stream, cancellationToken).ConfigureAwait(false))
        {
            var found = await FindStreamAsync(command.Context, cancellationToken).ConfigureAwait(false);
            return found is null || found == stream ? new CommandResult.Refused(required.Missing) : KeyReused();
        }

        if (command.Context.RequestHash is null)
        {
            return await ExecuteInTurnAsync(command, stream, measured, cancellationToken).ConfigureAwait(false);
        }

        // Two requests under one id may be for two streams. One after the other, the second finds what the first left.
        using var turn = await _repeatableTurns.WaitAsync(command.Context.CommandId.ToString(), cancellationToken).ConfigureAwait(false);
        return await ExecuteInTurnAsync(command, stream, measured, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CommandResult> ExecuteInTurnAsync<TState>(
        Command<TState> command, string stream, CommandMeasurement? measured, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        using var turn = await _turns.WaitAsync(stream, cancellationToken).ConfigureAwait(false);

        // A stream of which nothing is remembered is taken for new: right for a command that begins one, and any other is
        // refused on the initial state, so that the stream is read. Either way the append finds out what is not so.
        var loaded = (Loaded<TState>?)_cache.Find(stream) ?? Loaded<TState>.Nothing;
        var upToDate = false;
        for (var attempt = 1; ;)
        {
            var (settled, events) = Judge(command, loaded);
            if (settled is not null && !upToDate)
            {
                // Not about to append: nothing would notice that the state is stale.
                loaded = await ReadOnAsync(stream, loaded, cancellationToken).ConfigureAwait(false);
                upToDate = true;
                continue;
            }

            // That the id was used for another stream goes before whatever this one says.
            var found = await FindStreamAsync(command.Context, cancellationToken).ConfigureAwait(false);
            if (found is not null && found != stream)
            {
                return KeyReused();
            }

            if (found is not null && !upToDate)
            {
                // It comes again, so the stream has its answer.
                loaded = await ReadOnAsync(stream, loaded, cancellationToken).ConfigureAwait(false);
                upToDate = true;
                continue;
            }

            if (settled is not null)
            {
                return settled;
            }

            switch (await AppendAsync(stream, command, loaded, events, cancellationToken).ConfigureAwait(false))
            {
                case AppendResult.Appended appended:
                    measured?.HasAppended = true;
                    return new CommandResult.Accepted(command.AggregateId, appended.Revision, appended.Position);

                case AppendResult.StreamDeleted:
                    return new CommandResult.Refused(new Refusal(RefusalKind.NotFound, $"'{command.AggregateId}' was deleted for good."));

                case AppendResult.WrongExpectedRevision when attempt >= options.MaxAttempts:
                    return new CommandResult.Refused(
                        new Refusal(RefusalKind.Contention, $"'{stream}' changed {attempt} times while the command was decided."));

                default:
                    attempt++;
                    loaded = await ReadOnAsync(stream, loaded, cancellationToken).ConfigureAwait(false);
                    upToDate = true;
                    break;
            }
        }
    }

    /// <summary>Either the answer, or the events to append.</summary>
    private static (CommandResult? Settled, IReadOnlyList<object> Events) Judge<TState>(Command<TState> command, Loaded<TState> loaded)
        where TState : class, IAggregate<TState>
    {
        if (loaded.Unreadable is { } unreadable)
        {
            return (unreadable, []);
        }

        var context = command.Context;
        if (!context.Caller.IsProgram && command.RefuseTo(context.Caller, loaded.State) is { } refused)
        {
            return (new CommandResult.Refused(refused), []);
        }

        if (context.RequestHash is { } requestHash && loaded.Commands.Find(context.CommandId) is { } before)
        {
            return before.RequestHash == requestHash
                ? (new CommandResult.Accepted(command.AggregateId, before.Revision, before.Position) { IsRepeat = true }, [])
                : (KeyReused(), []);
        }

        var stale = context.IfMatch?.Accepts(loaded.Revision) == false;
        if (stale && loaded.Revision >= 0)
        {
            return (new CommandResult.Refused(Refusal.StaleRevision(loaded.Revision)), []);
        }

        var decision = command.Decide(loaded.State);
        return decision switch
        {
            { Refusal: { } refusal } => (new CommandResult.Refused(refusal), []),

            // It would be created, but the caller asked to change what is there.
            _ when stale => (new CommandResult.Refused(Refusal.StaleRevision(loaded.Revision)), []),
            { Events.Count: 0 } => (new CommandResult.Accepted(command.AggregateId, loaded.Revision, loaded.Position), []),
            _ => (null, decision.Events),
        };
    }

    private async Task<AppendResult> AppendAsync<TState>(
        string stream, Command<TState> command, Loaded<TState> loaded, IReadOnlyList<object> events, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        var context = command.Context;
        using var activity = CommandTelemetry.StartAppend(TState.Category, stream, events.Count);
        var traceParent = activity?.Id ?? context.TraceParent;
        EventMetadata MetadataOf(int version) => new(
            context.CorrelationId, context.CausationId, context.CommandId, context.Actor, context.At, version, traceParent,
            context.RequestHash, context.Caller.Details);

        var encoded = new NewEvent[events.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            encoded[i] = types.Encode(CommandIds.EventId(context, i, command.Chance), events[i], MetadataOf);
        }

        AppendResult result;
        try
        {
            result = await store.AppendAsync(stream, ExpectedRevision.Exactly(loaded.Revision), encoded, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e)
        {
            activity?.Failed(e);
            throw;
        }

        activity?.Appended(result);
        if (result is AppendResult.WrongExpectedRevision)
        {
            CommandTelemetry.Conflict(TState.Category);
        }

        if (result is AppendResult.Appended && context.RequestHash is not null)
        {
            _streamsOfCommands.Set(context.CommandId.ToString(), stream);
        }

        if (result is AppendResult.Appended appended && appended.Revision == loaded.Revision + events.Count)
        {
            var state = loaded.State;
            foreach (var @event in events)
            {
                state = TState.Evolve(state, @event);
            }

            _cache.Set(stream, loaded.With(state, MetadataOf(0), appended.Revision, appended.Position));
        }

        return result;
    }

    /// <summary>The state at the stream's end: what is loaded, and the events after it.</summary>
    private async Task<Loaded<TState>> ReadOnAsync<TState>(string stream, Loaded<TState> loaded, CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        var read = store.ReadStreamAsync(stream, ReadDirection.Forwards, loaded.Revision + 1, long.MaxValue, cancellationToken);
        await foreach (var recorded in read.ConfigureAwait(false))
        {
            if (types.Decode(recorded) is not DecodedEvent.Known known)
            {
                // Deciding without an event that counts could break a promise; the operator has to look at it.
                var detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{stream}' can't be decided on: {types.Decode(recorded).Describe()} at revision {recorded.Revision}.");
                return loaded with { Unreadable = new CommandResult.Refused(new Refusal(RefusalKind.UnreadableStream, detail)) };
            }

            var state = TState.Evolve(loaded.State, known.Event);
            loaded = loaded.With(state, EventTypes.DecodeMetadata(recorded), recorded.Revision, recorded.Position);
        }

        if (loaded.Revision >= 0)
        {
            _cache.Set(stream, loaded);
        }

        return loaded;
    }

    private async Task<bool> ExistsAsync(string stream, CancellationToken cancellationToken)
        => _cache.Find(stream) is not null
            || await store.ReadStreamAsync(stream, ReadDirection.Backwards, long.MaxValue, 1, cancellationToken)
                .AnyAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>The stream that a command went to before; null when it comes for the first time, as far as that is known.</summary>
    private async Task<string?> FindStreamAsync(CommandContext context, CancellationToken cancellationToken)
    {
        // The id of a command that an event caused derives from what it is for, so no other stream can have it.
        if (context.RequestHash is null || context.CausationId != context.CommandId)
        {
            return null;
        }

        return _streamsOfCommands.Find(context.CommandId.ToString())
            ?? await commands.FindStreamAsync(context.CommandId, cancellationToken).ConfigureAwait(false);
    }

    private static CommandResult.Refused KeyReused()
        => new(new Refusal(RefusalKind.IdempotencyKeyReused, "The idempotency key was used for another request."));

    /// <summary>A stream as far as it was read.</summary>
    private sealed record Loaded<TState>(
        TState State, long Revision, LogPosition Position, CommandHistory Commands, CommandResult.Refused? Unreadable)
        where TState : class, IAggregate<TState>
    {
        public static readonly Loaded<TState> Nothing = new(TState.Initial, -1, LogPosition.Start, CommandHistory.Empty, null);

        /// <summary>After events of one command.</summary>
        public Loaded<TState> With(TState state, EventMetadata? metadata, long revision, LogPosition position)
            => new(state, revision, position, Commands.With(metadata, revision, position), Unreadable);
    }
}
