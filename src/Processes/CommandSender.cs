using MediatR;
using Orderly.Domain.Deciding;
using Orderly.Subscriptions;

namespace Orderly.Processes;

/// <summary>Sends the commands of processes. One that is sent again for the same event and purpose takes effect once.</summary>
public sealed class CommandSender(IMediator mediator, TimeProvider time)
{
    /// <summary>Sends a command because of an event.</summary>
    /// <param name="cause">The event.</param>
    /// <param name="process">Who sends it.</param>
    /// <param name="purpose">Tells apart what a process sends because of one event.</param>
    /// <param name="command">The command, in the context that makes it take effect once.</param>
    /// <returns>
    /// That it was accepted, or refused because the state is another one by now: somebody was faster, and what they did is in the log.
    /// </returns>
    /// <exception cref="CommandRefusedException">It was refused for another reason.</exception>
    public async Task<CommandResult> SendAsync<TState>(
        EventReference cause, string process, string purpose, Func<CommandContext, Command<TState>> command,
        CancellationToken cancellationToken)
        where TState : class, IAggregate<TState>
    {
        var sent = command(CommandContext.ForReaction(cause, process, purpose, time.GetUtcNow()));
        return await mediator.Send(sent, cancellationToken).ConfigureAwait(false) switch
        {
            CommandResult.Refused { Refusal: { Kind: RefusalKind.Contention } refusal }
                => throw new ReactionDeferredException(refusal.Detail),
            CommandResult.Refused { Refusal: { Kind: not (RefusalKind.InvalidTransition or RefusalKind.StaleRevision) } refusal }
                => throw new CommandRefusedException(sent.GetType().Name, refusal),
            var answer => answer,
        };
    }
}

/// <summary>A command of a process was refused, and not because somebody was faster.</summary>
public sealed class CommandRefusedException(string command, Refusal refusal) : Exception($"{command} was refused: {refusal.Detail}")
{
    public Refusal Refusal { get; } = refusal;
}
