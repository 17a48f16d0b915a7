using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>Tells what differs, line by line.</summary>
internal static class Difference
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Fails when the lines differ.</summary>
    public static void AssertNone(string what, IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        if (!expected.SequenceEqual(actual, StringComparer.Ordinal))
        {
            string[] lines = [what, "Expected (-), actual (+):", .. Compare(expected, actual)];
            throw new XunitException(string.Join(Environment.NewLine, lines));
        }
    }

    /// <summary>Fails when two documents differ. 1 and 1.0 are the same number.</summary>
    /// <param name="expected">Its JSON; null: none.</param>
    public static void AssertNone(string what, string? expected, string? actual)
    {
        if (expected != actual
            && (expected is null || actual is null || !JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual))))
        {
            AssertNone(what, LinesOf(expected), LinesOf(actual));
        }
    }

    private static string[] LinesOf(string? json)
        => json is null ? ["no document"] : JsonNode.Parse(json)!.ToJsonString(s_indented).Split(Environment.NewLine);

    /// <summary>All lines, those that only one of the two has marked, along a longest common subsequence.</summary>
    private static IEnumerable<string> Compare(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var common = new int[expected.Count + 1, actual.Count + 1];
        for (var i = expected.Count - 1; i >= 0; i--)
        {
            for (var j = actual.Count - 1; j >= 0; j--)
            {
                common[i, j] = expected[i] == actual[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        for (var (i, j) = (0, 0); i < expected.Count || j < actual.Count;)
        {
            if (i < expected.Count && j < actual.Count && expected[i] == actual[j])
            {
                yield return $"  {expected[i]}";
                (i, j) = (i + 1, j + 1);
            }
            else if (j == actual.Count || (i < expected.Count && common[i + 1, j] >= common[i, j + 1]))
            {
                yield return $"- {expected[i++]}";
            }
            else
            {
                yield return $"+ {actual[j++]}";
            }
        }
    }
}
