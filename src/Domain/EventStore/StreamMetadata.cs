namespace Orderly.Domain.EventStore;

/// <summary>What a stream keeps. Events that it does not keep are not read from the stream any more.</summary>
/// <param name="MaxCount">The number of newest events to keep, at least 1; null: all.</param>
/// <param name="MaxAge">How long events are kept, by their recording time; null: for ever.</param>
/// <param name="TruncateBefore">Events with a smaller revision are gone; at most the stream's last revision; null: none.</param>
public sealed record StreamMetadata(long? MaxCount = null, TimeSpan? MaxAge = null, long? TruncateBefore = null)
{
    /// <summary>A stream that keeps everything.</summary>
    public static StreamMetadata KeepAll { get; } = new();
}
