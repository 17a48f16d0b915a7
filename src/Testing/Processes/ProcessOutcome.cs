using System.Text.Json;
using Orderly.Domain.EventStore;

namespace Orderly.Testing;

/// <summary>What a process did.</summary>
public sealed class ProcessOutcome
{
    internal ProcessOutcome(IReadOnlyList<RecordedEvent> recorded, IReadOnlyList<object> sent) => (Recorded, Sent) = (recorded, sent);

    /// <summary>The events that its commands appended, in the order of the log.</summary>
    public IReadOnlyList<RecordedEvent> Recorded { get; }

    /// <summary>What it sent to others, such as e-mails, in its order.</summary>
    public IReadOnlyList<object> Sent { get; }

    /// <summary>
    /// Fails when the streams did not get the same events in the same order, or something else was sent to others. The order between
    /// streams may differ, and what was sent may be sent once more: who gets it tells by its id.
    /// </summary>
    internal void AssertLike(ProcessOutcome expected, string how)
    {
        Difference.AssertNone($"{how}, other events follow.", expected.EventLines(), EventLines());
        Difference.AssertNone($"{how}, something else is sent.", expected.SentLines(), SentLines());
    }

    private List<string> EventLines()
        => [.. Recorded.OrderBy(e => e.Stream, StringComparer.Ordinal).ThenBy(e => e.Revision).Select(GivenLog.Describe)];

    private List<string> SentLines()
        => [.. Sent.Select(one => $"{one.GetType().Name} {JsonSerializer.Serialize(one, one.GetType())}").Distinct()
            .Order(StringComparer.Ordinal)];
}
