using Orderly.Domain.EventStore;

namespace Orderly.Domain.Deciding;

/// <summary>The answer to a command: one of the nested cases.</summary>
public abstract record CommandResult
{
    private CommandResult()
    {
    }

    /// <summary>It took effect, now or when it was sent first, and that is durable.</summary>
    /// <param name="Id">The aggregate's id.</param>
    /// <param name="Revision">The stream's revision after it.</param>
    /// <param name="Position">The log position of its last event.</param>
    public sealed record Accepted(string Id, long Revision, LogPosition Position) : CommandResult
    {
        /// <summary>Whether it took effect when it was sent before, and this time nothing was done.</summary>
        public bool IsRepeat { get; init; }
    }

    /// <summary>It was refused; nothing changed.</summary>
    public sealed record Refused(Refusal Refusal) : CommandResult;
}
