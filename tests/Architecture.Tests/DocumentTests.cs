using System.Text.RegularExpressions;

namespace Orderly.Architecture.Tests;

/// <summary>Documents name files and types. Both must be there.</summary>
public partial class DocumentTests
{
    private const int MaxSteps = 12;

    private static readonly string[] s_ways = ["A command's way", "An event's way", "A query's way"];

    public static TheoryData<string> Ways => [.. s_ways];

    public static TheoryData<string> Documents =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository.Root, "README.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path)),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_linked_file_exists(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var paths = Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, document))).Select(match => match.Groups["path"].Value);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(folder, path)), path));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_way_has_few_steps_and_each_names_a_type_in_its_file(string way)
    {
        var steps = StepsOf(way);
        Assert.InRange(steps.Count, 3, MaxSteps);
        foreach (var step in steps)
        {
            var links = TypeLink().Matches(step);
            Assert.NotEmpty(links);
            foreach (Match link in links)
            {
                var path = Path.Combine(Repository.Root, "docs", link.Groups["path"].Value);
                Assert.True(File.Exists(path), link.Value);
                Assert.True(Declares(File.ReadAllText(path), link.Groups["type"].Value), $"{link.Value} declares no such type.");
            }
        }
    }

    /// <summary>A check that can't fail is none.</summary>
    [Fact]
    public void A_type_that_is_not_declared_is_found_out()
    {
        Assert.True(Declares("public sealed record Order(string Id);", "Order"));
        Assert.False(Declares("public sealed record OrderLine(string Id);", "Order"));
    }

    private static List<string> StepsOf(string way)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));
        var start = text.IndexOf($"## {way}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/architecture.md has no section '{way}'.");
        var end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return [.. Step().Matches(text[start..end]).Select(match => match.Value)];
    }

    private static bool Declares(string code, string type)
        => Regex.IsMatch(code, $@"\b(class|record|struct|interface|enum) {Regex.Escape(type)}\b");

    [GeneratedRegex(@"\]\((?<path>[^)#:\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\[`(?<type>\w+)`\]\((?<path>[^)]+\.cs)\)")]
    private static partial Regex TypeLink();

    [GeneratedRegex(@"^\d+\. .*$", RegexOptions.Multiline)]
    private static partial Regex Step();
}
