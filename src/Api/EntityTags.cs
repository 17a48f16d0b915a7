using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Orderly.Domain.Deciding;

namespace Orderly.Api;

/// <summary>
/// Entity tags and the conditions that name them (RFC 9110, 8.8.3 and 13.1). A tag is the revision of the stream that
/// the resource is; for a document that depends on more than its own stream, numbers follow that tell these versions
/// apart: <c>"3.2"</c> holds two events of related streams. A condition on a command looks at the revision alone.
/// </summary>
internal static partial class EntityTags
{
    public static string Of(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");

    /// <summary>Reads <c>If-Match</c>, by strong comparison; null when it is not there.</summary>
    /// <returns>False when it is malformed.</returns>
    public static bool TryReadIfMatch(IHeaderDictionary headers, out RevisionCondition? condition)
    {
        condition = null;
        if (!TryParse(headers.IfMatch, out var tags))
        {
            return false;
        }

        condition = tags switch
        {
            null => null,
            [{ Tag.Value: "*" }] => new RevisionCondition(null),

            // A tag that is weak or not one of ours matches no revision, so the condition then fails: 412.
            _ => new RevisionCondition([.. tags.Where(tag => !tag.IsWeak).Select(RevisionOf).OfType<long>()]),
        };
        return true;
    }

    /// <summary>Reads <c>If-None-Match</c>; null when it is not there.</summary>
    /// <returns>False when it is malformed.</returns>
    public static bool TryReadIfNoneMatch(IHeaderDictionary headers, out IList<EntityTagHeaderValue>? tags)
        => TryParse(headers.IfNoneMatch, out tags);

    /// <summary>Whether one of the tags, or <c>*</c>, is the current one, by weak comparison.</summary>
    public static bool Match(IList<EntityTagHeaderValue> tags, string current)
        => tags.Any(tag => tag.Tag.Value == "*" || tag.Tag.Equals(current, StringComparison.Ordinal));

    /// <summary>All tags of all fields of this name. <c>*</c> stands alone.</summary>
    private static bool TryParse(StringValues fields, out IList<EntityTagHeaderValue>? tags)
    {
        tags = null;
        return fields.Count == 0
            || (EntityTagHeaderValue.TryParseStrictList(fields, out tags) && (tags.Count == 1 || tags.All(tag => tag.Tag.Value != "*")));
    }

    private static long? RevisionOf(EntityTagHeaderValue tag)
    {
        var parts = tag.Tag.Value![1..^1].Split('.');
        return parts.All(IsNumber) ? long.Parse(parts[0], CultureInfo.InvariantCulture) : null;
    }

    private static bool IsNumber(string part)
        => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == part;
}
