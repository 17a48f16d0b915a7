using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orderly.Domain.Deciding;

/// <summary>
/// How ids derive from one another, so that whatever is sent again is recognised.
/// An event's id keeps the first twelve bytes of its command's id; the last four mix in the request's digest and the
/// event's place in the command. So the same command makes the same event ids, and another request under the same
/// command id does not; nor does a command that holds something of chance, when it is made anew for the same request.
/// </summary>
public static class CommandIds
{
    private const int SharedBytes = 12;

    /// <summary>The id of a command that is known by a name, such as an idempotency key: RFC 9562 version 8 over SHA-256.</summary>
    /// <param name="parts">What the id depends on; the order matters, and so does where one part ends.</param>
    public static Guid FromName(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest[..16], bigEndian: true);
    }

    /// <summary>The id of the event at <paramref name="index"/> among those that the command makes.</summary>
    /// <param name="chance">See <see cref="Command{TState}.Chance"/>.</param>
    public static Guid EventId(CommandContext command, int index, string? chance = null)
    {
        Span<byte> bytes = stackalloc byte[16];
        command.CommandId.TryWriteBytes(bytes, bigEndian: true, out _);
        var tail = bytes[SharedBytes..];
        var digest = FirstDigits(command.RequestHash) ^ FirstDigits(chance);
        BinaryPrimitives.WriteUInt32BigEndian(tail, (BinaryPrimitives.ReadUInt32BigEndian(tail) ^ digest) + (uint)index);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The lowest and the highest id that an event of the command can have, in big-endian byte order.</summary>
    public static (Guid Lowest, Guid Highest) EventIdRange(Guid commandId)
    {
        Span<byte> bytes = stackalloc byte[16];
        commandId.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[SharedBytes..].Clear();
        var lowest = new Guid(bytes, bigEndian: true);
        bytes[SharedBytes..].Fill(0xFF);
        return (lowest, new Guid(bytes, bigEndian: true));
    }

    private static uint FirstDigits(string? hash)
        => hash is null ? 0 : uint.Parse(hash.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
