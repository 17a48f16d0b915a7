using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Orderly.Api.Commands;

/// <summary>Finds fields by their JSON path, such as <c>lines[0].quantity</c>.</summary>
internal static class JsonFields
{
    /// <summary>The type of a field; null when the type has no such field.</summary>
    public static JsonTypeInfo? Find(JsonTypeInfo type, string path)
    {
        var current = type;
        foreach (var segment in Split(path))
        {
            current = int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out _) && current.ElementType is { } element
                ? type.Options.GetTypeInfo(element)
                : current.Properties.FirstOrDefault(property => property.Name == segment) is { } found ? type.Options.GetTypeInfo(found.PropertyType) : null;
            if (current is null)
            {
                return null;
            }
        }

        return current;
    }

    /// <summary>
    /// Says of the fields that are not there that they are required: the domain sees a missing number as 0, and would only
    /// say that it is too small.
    /// </summary>
    /// <param name="errors">Messages by JSON path.</param>
    /// <param name="body">The body that they are about.</param>
    public static IReadOnlyDictionary<string, string[]> NameMissing(IReadOnlyDictionary<string, string[]> errors, JsonNode? body)
        => errors.ToDictionary(error => error.Key, error => IsMissing(body, error.Key) ? ["is required."] : error.Value, StringComparer.Ordinal);

    private static bool IsMissing(JsonNode? node, string path)
    {
        foreach (var segment in Split(path))
        {
            node = node switch
            {
                JsonArray array when int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < array.Count => array[index],
                JsonObject obj => obj[segment],
                _ => null,
            };
        }

        return node is null;
    }

    private static string[] Split(string path)
        => path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
}
