namespace Orderly.Storage.Sqlite;

/// <summary>
/// What an event of the log proves itself with. The checksum covers all of the event; the chain covers the checksum and the chain of the
/// event before it, so no event can be taken out, changed or exchanged unnoticed.
/// </summary>
internal static class EventProof
{
    /// <summary>The chain before the first event.</summary>
    public const long Start = 0;

    /// <param name="id">In big-endian byte order.</param>
    public static long Checksum(
        long position, long revision, long recordedAt, ReadOnlySpan<byte> id, ReadOnlySpan<byte> stream, ReadOnlySpan<byte> type,
        ReadOnlySpan<byte> data, ReadOnlySpan<byte> metadata)
        => Checksums.Of(
            position, revision, recordedAt, Checksums.Of(id), Checksums.Of(stream), Checksums.Of(type), Checksums.Of(data),
            Checksums.Of(metadata));

    /// <param name="before">The chain of the event before it.</param>
    public static long Chain(long before, long checksum) => Checksums.Of(before, checksum);
}
