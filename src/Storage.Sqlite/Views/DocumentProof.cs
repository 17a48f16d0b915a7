using System.Runtime.InteropServices;

namespace Orderly.Storage.Sqlite;

/// <summary>The checksum of a document as it is stored: of its id, its position and its body.</summary>
internal static class DocumentProof
{
    /// <summary>The SQL function: id, position, body.</summary>
    public const string Function = "document_checksum";

    /// <param name="body">UTF-8 JSON.</param>
    public static long Checksum(string id, long position, ReadOnlySpan<byte> body)
        => Checksums.Of(Checksums.Of(MemoryMarshal.AsBytes(id.AsSpan())), position, Checksums.Of(body));
}
