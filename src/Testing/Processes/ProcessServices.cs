using MediatR;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Processes;

namespace Orderly.Testing;

/// <summary>What a process is made with, from one start to the next crash.</summary>
public sealed partial class ProcessServices
{
    private readonly Action<object> _send;

    internal ProcessServices(MemoryEventStore log, EventTypes types, TimeProvider time, Action<object> send)
    {
        (Log, Types, Time, _send) = (log, types, time, send);
        Decider = new Decider(log, log, types, new DeciderOptions());
        Mediator = DomainMediator.Create(Decider);
        Commands = new CommandSender(Mediator, time);
    }

    public IEventStore Log { get; }

    public EventTypes Types { get; }

    public Decider Decider { get; }

    /// <summary>MediatR with every command of the domain, validated.</summary>
    public IMediator Mediator { get; }

    public CommandSender Commands { get; }

    /// <summary>A clock that only <see cref="ProcessScenario{TState}.Later"/> moves.</summary>
    public TimeProvider Time { get; }

    /// <summary>
    /// Notes what a process sends to somebody outside: for a stand-in of that one. A crash may come before and after it, and then it may be
    /// sent once more, but not otherwise.
    /// </summary>
    /// <example>
    /// <code>
    /// sealed class Carriers(ProcessServices services) : ICarrier
    /// {
    ///     public Task CollectAsync(Parcel parcel, CancellationToken cancellationToken)
    ///     {
    ///         services.Send(parcel);
    ///         return Task.CompletedTask;
    ///     }
    /// }
    /// </code>
    /// </example>
    public void Send(object message) => _send(message);
}
