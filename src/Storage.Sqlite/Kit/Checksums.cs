using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Orderly.Storage.Sqlite;

/// <summary>The checksums of both stores: XXH3 of 64 bits (<c>github.com/Cyan4973/xxHash</c>).</summary>
/// <remarks>They find damage; they are no proof against somebody who can compute them too.</remarks>
internal static class Checksums
{
    public static long Of(ReadOnlySpan<byte> bytes) => unchecked((long)XxHash3.HashToUInt64(bytes));

    /// <summary>The checksum of what has parts: numbers, and the checksums of texts.</summary>
    public static long Of(params ReadOnlySpan<long> parts) => Of(MemoryMarshal.AsBytes(parts));
}
