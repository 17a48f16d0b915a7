using MediatR;

namespace Orderly.Domain.Deciding;

/// <summary>The MediatR handler of every command: hands it to the <see cref="Decider"/>.</summary>
public sealed class CommandHandler<TCommand, TState>(Decider decider) : IRequestHandler<TCommand, CommandResult>
    where TCommand : Command<TState>
    where TState : class, IAggregate<TState>
{
    public Task<CommandResult> Handle(TCommand request, CancellationToken cancellationToken)
        => decider.ExecuteAsync(request, cancellationToken);
}
