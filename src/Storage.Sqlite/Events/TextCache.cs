using System.Text;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// Keeps strings that come again and again, such as event types, so that each is made once: a direct-mapped table of
/// fixed size. Not safe for concurrent use.
/// </summary>
internal sealed class TextCache
{
    private const int Slots = 256;
    private const int LongestText = 64;

    private readonly (byte[] Utf8, string Text)[] _slots = new (byte[], string)[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8.Length > LongestText)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var slot = ref _slots[(uint)hash.ToHashCode() % Slots];
        if (slot.Utf8 is null || !utf8.SequenceEqual(slot.Utf8))
        {
            slot = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        }

        return slot.Text;
    }
}
