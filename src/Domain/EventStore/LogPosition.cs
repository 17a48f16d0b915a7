using System.Globalization;

namespace Orderly.Domain.EventStore;

/// <summary>
/// A place in the log: an opaque token that orders all events. Larger is later; differences mean nothing
/// outside the store that made them.
/// </summary>
/// <param name="Value">The store's own number; 0 is before the first event.</param>
public readonly record struct LogPosition(long Value) : IComparable<LogPosition>
{
    /// <summary>Before the first event.</summary>
    public static LogPosition Start => default;

    /// <summary>Behind every event that there is or will be.</summary>
    public static LogPosition End => new(long.MaxValue);

    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    /// <summary>The token that clients see; <see cref="TryParse"/> reads it back.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a token made by <see cref="ToString"/>.</summary>
    public static bool TryParse(string? token, out LogPosition position)
    {
        var valid = long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        position = new LogPosition(value);
        return valid;
    }

    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;

    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;

    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;

    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;
}
