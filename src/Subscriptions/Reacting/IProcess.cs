namespace Orderly.Subscriptions;

/// <summary>
/// A process manager: a projection whose documents are what it has to remember, and which acts on what it hears. It acts
/// before its state and its progress are committed, so what it does after a crash it may do once more: a command therefore
/// has an id that derives from the event and the process, and takes effect once. While its state is built anew, it
/// does nothing.
/// </summary>
/// <typeparam name="TState">Immutable.</typeparam>
public interface IProcess<TState> : IProjection<TState>
    where TState : class
{
    /// <summary>
    /// For what is seen outside and can't be taken back, such as an e-mail: how many reactions share a commit at most, and so may be done
    /// once more when the process dies before it. Null: any number, since each takes effect once.
    /// </summary>
    int? MostInDoubt => null;

    /// <summary>Whether the event makes it act. Pure.</summary>
    bool ReactsTo(EventEnvelope envelope);

    /// <summary>
    /// Acts. Called for the events of a document in the order of the log, for different documents side by side, and at least
    /// once. What it throws is tried again, and then the event is parked, with its document.
    /// </summary>
    /// <exception cref="ReactionDeferredException">
    /// It can't be done now, and the event is not to blame: the process waits and tries again, without end.
    /// </exception>
    Task ReactAsync(Reaction<TState> reaction, CancellationToken cancellationToken);
}

/// <summary>A process that also acts when a time has come. Its view declares the field <see cref="DueField"/>.</summary>
public interface ITimedProcess<TState> : IProcess<TState>
    where TState : class
{
    /// <summary>The field of the state that says when something is due, as <see cref="DueOf"/> does.</summary>
    const string DueField = "due";

    /// <summary>How long deadlines wait after a start, so that what happened meanwhile comes first.</summary>
    TimeSpan Grace { get; }

    /// <summary>When something is due, in milliseconds since 1970 (UTC); null: nothing is. Pure.</summary>
    long? DueOf(TState state);

    /// <summary>
    /// Acts, since it is due. An event that follows from it must change when the next thing is due: until then it is called
    /// again from time to time. What is due first is called first.
    /// </summary>
    Task ElapseAsync(string id, TState state, CancellationToken cancellationToken);
}

/// <summary>What a process acts on.</summary>
/// <param name="Id">The document's.</param>
/// <param name="State">The document right after the event; null when there is none.</param>
/// <param name="Envelope">The event.</param>
public sealed record Reaction<TState>(string Id, TState? State, EventEnvelope Envelope)
    where TState : class;

/// <summary>The state of a process that has nothing to remember.</summary>
public sealed record Stateless
{
    private Stateless()
    {
    }
}

/// <summary>What a process would do can't be done at the moment, such as when a server is away.</summary>
public sealed class ReactionDeferredException : Exception
{
    public ReactionDeferredException(string message)
        : base(message)
    {
    }

    public ReactionDeferredException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
