using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>Events as older programs would have written them.</summary>
internal static class OlderVersions
{
    /// <summary>The event in each older version of its type: with the fields that they share, and something in the others.</summary>
    /// <param name="except">Versions of which there are better examples.</param>
    public static IEnumerable<RecordedEvent> Of(EventTypes types, RecordedEvent recorded, IReadOnlySet<string> except)
    {
        var (name, version) = SplitName(recorded.Type);
        foreach (var (type, shape) in types.Shapes
            .Where(one => SplitName(one.Key) is var other && other.Name == name && other.Version < version && !except.Contains(one.Key)))
        {
            var json = Sample(type, shape, JsonNode.Parse(recorded.Data.Span))!.ToJsonString();
            yield return recorded with { Type = type, Data = Encoding.UTF8.GetBytes(json) };
        }
    }

    /// <summary>A value of a shape: the one that is known, if it has that shape.</summary>
    private static JsonNode? Sample(string type, JsonTypeInfo shape, JsonNode? known)
    {
        if (known is not null && IsReadable(known, shape))
        {
            return known.DeepClone();
        }

        return shape.Kind switch
        {
            JsonTypeInfoKind.Object => new JsonObject(shape.Properties.Where(one => !one.IsExtensionData).Select(one => KeyValuePair.Create(
                one.Name, Sample(type, shape.Options.GetTypeInfo(one.PropertyType), (known as JsonObject)?[one.Name])))),
            JsonTypeInfoKind.Enumerable => new JsonArray(),
            JsonTypeInfoKind.Dictionary => new JsonObject(),
            _ when shape.Type == typeof(string) => "sample",
            _ when Nullable.GetUnderlyingType(shape.Type) is not null => null,
            _ when shape.Type.IsValueType => JsonSerializer.SerializeToNode(Activator.CreateInstance(shape.Type), shape),
            _ => throw new XunitException($"No {shape.Type.Name} can be made up for an event '{type}'. Give one as {nameof(Written)}."),
        };
    }

    private static bool IsReadable(JsonNode known, JsonTypeInfo shape)
    {
        try
        {
            return JsonSerializer.Deserialize(known, shape) is not null;
        }
        catch (JsonException)
        {
            // It is of another shape, which is what this asks.
            return false;
        }
    }

    private static (string Name, int Version) SplitName(string type)
        => type.LastIndexOf(".v", StringComparison.Ordinal) is var dot and > 0
            ? (type[..dot], int.Parse(type.AsSpan(dot + 2), NumberStyles.None, CultureInfo.InvariantCulture))
            : (type, 0);
}
