using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Orderly.Api.Queries;

/// <summary>Where the next page starts, as clients see it: opaque, so that what it is made of can change.</summary>
internal static class Cursor
{
    private const string Prefix = "after:";

    /// <param name="id">The id of the last item that was shown.</param>
    public static string After(string id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Prefix + id));

    public static bool TryRead(string cursor, [NotNullWhen(true)] out string? id)
    {
        id = null;
        if (cursor.Length > 200 || !Base64Url.IsValid(cursor))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        id = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : null;
        return id is not null;
    }
}
