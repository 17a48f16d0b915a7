using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Orderly.Architecture.Tests;

/// <summary>An image restores before it has the sources, from the project files that its Dockerfile copies one by one.</summary>
public partial class ContainerImageTests
{
    [Theory]
    [InlineData("src/Api")]
    [InlineData("src/Worker")]
    public void An_image_is_restored_from_the_projects_that_its_program_needs_and_no_others(string program)
    {
        var dockerfile = File.ReadAllText(Path.Combine(Repository.Root, program, "Dockerfile"));
        var copied = CopiedProject().Matches(dockerfile).Select(match => match.Groups["project"].Value);
        Assert.Equal(
            NeededBy($"{program}/{Path.GetFileName(program)}.csproj").Order(StringComparer.Ordinal), copied.Order(StringComparer.Ordinal));
    }

    /// <summary>The project and what it refers to or imports, directly and through others, as paths from the root.</summary>
    private static HashSet<string> NeededBy(string project)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<string>([project]);
        while (next.TryPop(out var one))
        {
            if (!needed.Add(one))
            {
                continue;
            }

            var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, one))!;
            var content = XDocument.Load(Path.Combine(Repository.Root, one));
            foreach (var reference in content.Descendants("ProjectReference").Attributes("Include")
                .Concat(content.Descendants("Import").Attributes("Project")))
            {
                var path = Path.GetFullPath(Path.Combine(folder, reference.Value));
                next.Push(Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'));
            }
        }

        return needed;
    }

    /// <summary>A project file that is copied to where it lies in the repository.</summary>
    [GeneratedRegex(@"^COPY (?<project>(?<folder>src/(?:\S+/)?)[^/\s]+\.(?:csproj|props)) \k<folder>\r?$", RegexOptions.Multiline)]
    private static partial Regex CopiedProject();
}
