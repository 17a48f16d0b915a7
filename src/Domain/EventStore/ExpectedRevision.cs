using System.Globalization;

namespace Orderly.Domain.EventStore;

/// <summary>What a stream must look like for an append to succeed (optimistic concurrency).</summary>
public readonly record struct ExpectedRevision
{
    private const long AnyMarker = -3;
    private const long StreamExistsMarker = -2;
    private const long NoStreamMarker = -1;

    private readonly long _value;

    private ExpectedRevision(long value) => _value = value;

    /// <summary>The stream has no events.</summary>
    public static ExpectedRevision NoStream { get; } = new(NoStreamMarker);

    /// <summary>The stream has at least one event.</summary>
    public static ExpectedRevision StreamExists { get; } = new(StreamExistsMarker);

    /// <summary>No condition.</summary>
    public static ExpectedRevision Any { get; } = new(AnyMarker);

    /// <summary>The stream's last event has exactly this revision; -1 is <see cref="NoStream"/>.</summary>
    public static ExpectedRevision Exactly(long revision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, -1);
        return new(revision);
    }

    public bool IsAny => _value == AnyMarker;

    public bool IsStreamExists => _value == StreamExistsMarker;

    public bool IsNoStream => _value == NoStreamMarker;

    /// <summary>The exact revision, -1 for <see cref="NoStream"/>; null for the two open forms.</summary>
    public long? Revision => _value >= NoStreamMarker ? _value : null;

    /// <summary>Whether a stream whose last revision is <paramref name="current"/> (-1: none) fulfils this.</summary>
    public bool Accepts(long current) => _value switch
    {
        AnyMarker => true,
        StreamExistsMarker => current >= 0,
        _ => current == _value,
    };

    public override string ToString() => _value switch
    {
        AnyMarker => "any",
        StreamExistsMarker => "stream-exists",
        NoStreamMarker => "no-stream",
        _ => _value.ToString(CultureInfo.InvariantCulture),
    };
}
