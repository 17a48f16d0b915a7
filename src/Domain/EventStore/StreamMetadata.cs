namespace Orderly.Domain.EventStore;

/// <summary>What a stream keeps. Events that it does not keep are not read from the stream any more.</summary>
/// <param name="MaxCount">The number of newest events to keep, 1 to 2,147,483,647; null: all.</param>
/// <param name="MaxAge">How long events are kept, by their recording time, in whole seconds of at least one; null: for ever.</param>
/// <param name="TruncateBefore">Events with a smaller revision are gone; at most the stream's last revision; null: none.</param>
public sealed record StreamMetadata(long? MaxCount = null, TimeSpan? MaxAge = null, long? TruncateBefore = null)
{
    /// <summary>A stream that keeps everything.</summary>
    public static StreamMetadata KeepAll { get; } = new();

    /// <summary>Refuses what not every store can keep: EventStoreDB counts in 32 bits and in seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public void Validate()
    {
        Require(MaxCount is null or (>= 1 and <= int.MaxValue), nameof(MaxCount), MaxCount, "from 1 to 2,147,483,647");
        Require(
            MaxAge is not { } age || (age >= TimeSpan.FromSeconds(1) && age.Ticks % TimeSpan.TicksPerSecond == 0), nameof(MaxAge), MaxAge,
            "a number of whole seconds, at least one");
        Require(TruncateBefore is null or >= 0, nameof(TruncateBefore), TruncateBefore, "0 or more");
    }

    private static void Require(bool holds, string name, object? value, string bounds)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {bounds}.");
        }
    }
}
