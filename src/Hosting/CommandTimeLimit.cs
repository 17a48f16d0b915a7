using MediatR;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Hosting;

/// <summary>
/// Lets nobody wait longer for a command than the settings say, whatever it waits for: a store, or its turn behind others.
/// </summary>
/// <remarks>What was begun goes on. Sent again with the same key, the command is answered with what became of it.</remarks>
internal sealed class CommandTimeLimit<TCommand>(OrderlyOptions options) : IPipelineBehavior<TCommand, CommandResult>
    where TCommand : IRequest<CommandResult>
{
    public async Task<CommandResult> Handle(
        TCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<CommandResult> next)
    {
        try
        {
            return await next().WaitAsync(options.Stores.CommandTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new EventStoreUnavailableException($"The command was not done in {options.Stores.CommandTimeout.TotalSeconds:0.#} s.", e);
        }
    }
}
