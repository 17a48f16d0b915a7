using System.Collections;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace Orderly.Api.Commands;

/// <summary>Finds fields of a bound body by their JSON path, such as <c>lines[0].quantity</c>.</summary>
internal static class JsonFields
{
    /// <summary>Whether the type has a field at this path.</summary>
    public static bool Has(JsonTypeInfo type, string path) => Find(type, null, path).Type is not null;

    /// <summary>
    /// Says of the fields that were not given, or given as null, that they are required: the domain sees a missing number
    /// as 0, and would only say that it is too small.
    /// </summary>
    /// <param name="errors">Messages by JSON path.</param>
    /// <param name="body">The body that they are about.</param>
    public static IReadOnlyDictionary<string, string[]> NameMissing<TBody>(
        IReadOnlyDictionary<string, string[]> errors, TBody body, JsonTypeInfo<TBody> type)
        => errors.ToDictionary(
            error => error.Key, error => Find(type, body, error.Key).Value is null ? ["is required."] : error.Value,
            StringComparer.Ordinal);

    /// <summary>The type at a path, null when there is none, and its value in a body, null when it was not given.</summary>
    private static (JsonTypeInfo? Type, object? Value) Find(JsonTypeInfo type, object? body, string path)
    {
        (JsonTypeInfo? Type, object? Value) found = (type, body);
        foreach (var segment in path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            found = found.Type is null ? found : Step(found.Type, found.Value, segment);
        }

        return found;
    }

    private static (JsonTypeInfo? Type, object? Value) Step(JsonTypeInfo type, object? value, string segment)
    {
        if (type.ElementType is { } element)
        {
            return int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? (type.Options.GetTypeInfo(element), value is IList list && index < list.Count ? list[index] : null)
                : default;
        }

        return type.Properties.FirstOrDefault(property => property.Name == segment) is { } field
            ? (type.Options.GetTypeInfo(field.PropertyType), value is null ? null : field.Get!(value))
            : default;
    }
}
