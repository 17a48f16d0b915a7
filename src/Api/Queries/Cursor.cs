using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Orderly.Api.Queries;

/// <summary>Where the next page starts, as clients see it: opaque, so that what it is made of can change.</summary>
internal static class Cursor
{
    private const string Prefix = "after:";
    private const int MaxLength = 400;
    private const int DigestBytes = 9;
    private const char Separator = '|';

    /// <param name="id">The id of the last item that was shown.</param>
    public static string After(string id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Prefix + id));

    public static bool TryRead(string cursor, [NotNullWhen(true)] out string? id)
    {
        id = TextOf(cursor) is { } text && text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : null;
        return id is not null;
    }

    /// <summary>A place in the answer to one query, and to no other.</summary>
    /// <param name="query">What was asked: the same text for the same query.</param>
    /// <param name="place">Where to go on; without <c>|</c>.</param>
    public static string Of(string query, params IEnumerable<string> place)
        => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, place.Prepend(DigestOf(query)))));

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    /// <param name="place">What it was made of; null when it can't be read.</param>
    /// <returns>Whether it was made for this query.</returns>
    public static bool TryRead(string cursor, string query, out IReadOnlyList<string>? place)
    {
        var parts = TextOf(cursor)?.Split(Separator);
        place = parts is { Length: > 1 } ? parts[1..] : null;
        return place is not null && parts![0] == DigestOf(query);
    }

    private static string? TextOf(string cursor)
        => cursor.Length <= MaxLength && Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : null;

    /// <summary>Keeps a client from mistakes, not from lies: a made-up cursor shows nothing that the query would not.</summary>
    private static string DigestOf(string query)
        => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(query)).AsSpan(0, DigestBytes));
}
