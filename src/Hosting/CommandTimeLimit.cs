using MediatR;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Hosting;

/// <summary>
/// Lets nobody wait longer for a command than the settings say, whatever it waits for: a store, or its turn behind others.
/// </summary>
/// <remarks>What was begun goes on. Sent again with the same key, the command is answered with what became of it.</remarks>
internal sealed class CommandTimeLimit<TCommand>(CommandDeadlines deadlines) : IPipelineBehavior<TCommand, CommandResult>
    where TCommand : IRequest<CommandResult>
{
    public async Task<CommandResult> Handle(
        TCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<CommandResult> next)
    {
        var command = next();
        if (command.IsCompleted)
        {
            return await command.ConfigureAwait(false);
        }

        var deadline = deadlines.Next();
        try
        {
            return await command.WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (e.CancellationToken == deadline)
        {
            throw new EventStoreUnavailableException($"The command was not done in {deadlines.Timeout.TotalSeconds:0.#} s.", e);
        }
    }
}

/// <summary>
/// Tells commands when they are late. Those that begin within a sixteenth of the time limit share one timer, since a timer for each costs
/// more than the rest of a command's way to the store. None is late before its time.
/// </summary>
internal sealed class CommandDeadlines(OrderlyOptions options, TimeProvider time)
{
    private readonly TimeSpan _shared = options.Stores.CommandTimeout / 16;
    private Deadline? _current;

    /// <summary>How long a command may take.</summary>
    public TimeSpan Timeout => options.Stores.CommandTimeout;

    /// <summary>Is cancelled when a command that begins now is late: after the time limit, or a sixteenth of it later.</summary>
    public CancellationToken Next()
    {
        var current = Volatile.Read(ref _current);
        if (current is null || time.GetElapsedTime(current.Made) >= _shared)
        {
            current = new Deadline(time.GetTimestamp(), new CancellationTokenSource(Timeout + _shared, time).Token);
            Volatile.Write(ref _current, current);
        }

        return current.Late;
    }

    private sealed record Deadline(long Made, CancellationToken Late);
}
