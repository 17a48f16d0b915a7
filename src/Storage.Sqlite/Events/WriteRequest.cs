using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>A write to the log, with what becomes of an append.</summary>
/// <param name="events">How many events it carries.</param>
/// <param name="bytes">How many bytes they have.</param>
/// <param name="apply">
/// Makes the changes. An <see cref="ArgumentException"/> refuses the request before it changed anything, and fails it alone.
/// </param>
internal sealed class WriteRequest(int events, int bytes, Func<LogWriter, AppendResult?> apply)
    : QueuedWrite<LogWriter, AppendResult?>(apply)
{
    private ArgumentException? _refusal;

    public int Events => events;

    public int Bytes => bytes;

    public override void Apply(LogWriter log)
    {
        try
        {
            base.Apply(log);
        }
        catch (ArgumentException e)
        {
            _refusal = e;
        }
    }

    public override void Succeed()
    {
        if (_refusal is null)
        {
            base.Succeed();
        }
        else
        {
            Fail(_refusal);
        }
    }
}
