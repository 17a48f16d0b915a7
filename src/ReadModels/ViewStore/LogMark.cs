using System.Globalization;

namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// Which log a partition's position belongs to, and the last event that it has passed: a position alone says nothing about a log that was
/// restored or replaced. Written <c>log position event time</c>.
/// </summary>
/// <param name="Log">The log's identity.</param>
/// <param name="Position">Where that event is, at most the partition's position; 0 when no event is known.</param>
/// <param name="EventId">Its id, whether or not it passed the view's filter; null when no event is known.</param>
/// <param name="At">When the commit was made that set the mark (UTC, the writer's clock).</param>
public sealed record LogMark(string Log, long Position, Guid? EventId, DateTimeOffset At)
{
    private const string None = "-";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static LogMark Parse(string text)
    {
        var parts = text.Split(' ');
        return new LogMark(
            parts[0], long.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture),
            parts[2] == None ? null : Guid.ParseExact(parts[2], "D"),
            DateTimeOffset.ParseExact(parts[3], "O", CultureInfo.InvariantCulture));
    }

    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Log} {Position} {EventId?.ToString() ?? None} {At:O}");
}
