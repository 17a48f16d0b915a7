namespace Orderly.Domain.EventStore;

/// <summary>What became of an append: one of the three nested cases.</summary>
public abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>The events are durable, now or since an earlier append of the same events.</summary>
    /// <param name="Revision">The revision of the last of them: what the next append expects.</param>
    /// <param name="Position">The log position of the last of them.</param>
    public sealed record Appended(long Revision, LogPosition Position) : AppendResult;

    /// <summary>The stream was not as expected; nothing was written.</summary>
    /// <param name="Actual">The stream's last revision, -1 when it has no events.</param>
    public sealed record WrongExpectedRevision(long Actual) : AppendResult;

    /// <summary>The stream was deleted for good; nothing was written and nothing ever will be.</summary>
    public sealed record StreamDeleted : AppendResult;
}
