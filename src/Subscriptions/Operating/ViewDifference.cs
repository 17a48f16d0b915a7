using System.Text.Json.Nodes;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>How a document of a view differs from what the log says.</summary>
public enum DifferenceKind
{
    /// <summary>It is not as it should be.</summary>
    Changed,

    /// <summary>It should be there.</summary>
    Missing,

    /// <summary>It should not be there.</summary>
    Extra,

    /// <summary>It is not as the view store wrote it: the view's file is wrong, whatever the log says.</summary>
    Damaged,
}

/// <summary>A document that is not what the log says.</summary>
/// <param name="Fields">What is different in it, when it is <see cref="DifferenceKind.Changed"/>.</param>
public sealed record ViewDifference(string Id, DifferenceKind Kind, IReadOnlyList<FieldDifference> Fields);

/// <summary>A value that is not what the log says.</summary>
/// <param name="Path">Where it is, as JSON path; <c>position</c>: the log position that the store keeps with the document.</param>
/// <param name="Expected">What the log says, as JSON; null: it should not be there.</param>
/// <param name="Found">What is there, as JSON; null: it is not there.</param>
public sealed record FieldDifference(string Path, string? Expected, string? Found);

/// <summary>What a verification has seen.</summary>
/// <param name="Position">The log position of the last page.</param>
/// <param name="Documents">How many documents were compared, those included that are missing.</param>
/// <param name="Differences">How many of them are different.</param>
public sealed record VerifyResult(string View, long Position, long Documents, long Differences)
{
    /// <summary>
    /// Events that can't be read now, though the view has taken them in: there the log is wrong, and differences that follow from it say
    /// nothing about the view.
    /// </summary>
    public IReadOnlyList<ParkedEvent> LostEvents { get; init; } = [];
}

/// <summary>Where two JSON values differ.</summary>
internal static class JsonDifferences
{
    public static void Add(List<FieldDifference> differences, string path, JsonNode? expected, JsonNode? found)
    {
        switch (expected, found)
        {
            case (JsonObject before, JsonObject after):
                foreach (var name in before.Select(one => one.Key).Union(after.Select(one => one.Key), StringComparer.Ordinal))
                {
                    AddMember(
                        differences, $"{path}.{name}", before.TryGetPropertyValue(name, out var one), one,
                        after.TryGetPropertyValue(name, out var other), other);
                }

                break;

            case (JsonArray before, JsonArray after):
                for (var i = 0; i < Math.Max(before.Count, after.Count); i++)
                {
                    AddMember(
                        differences, FormattableString.Invariant($"{path}[{i}]"), i < before.Count, i < before.Count ? before[i] : null,
                        i < after.Count, i < after.Count ? after[i] : null);
                }

                break;

            default:
                if (!JsonNode.DeepEquals(expected, found))
                {
                    differences.Add(new FieldDifference(path, Written(expected), Written(found)));
                }

                break;
        }
    }

    private static void AddMember(
        List<FieldDifference> differences, string path, bool isExpected, JsonNode? expected, bool isFound, JsonNode? found)
    {
        if (isExpected && isFound)
        {
            Add(differences, path, expected, found);
        }
        else
        {
            differences.Add(new FieldDifference(path, isExpected ? Written(expected) : null, isFound ? Written(found) : null));
        }
    }

    private static string Written(JsonNode? node) => node?.ToJsonString() ?? "null";
}
