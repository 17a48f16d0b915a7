using System.Collections;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Orderly.Hosting;
using Orderly.Processes.Email;

namespace Orderly.Architecture.Tests;

/// <summary>The page of settings is made of the options: their names, values, bounds and comments.</summary>
public partial class SettingsPageTests
{
    private const string Accept = "ACCEPT_SETTINGS";

    private const string Head = $"""
        # Settings

        Of the API and the worker. They are read from `appsettings.json` beside the program, environment variables
        (`Orderly__DataDirectory`) and the command line (`--Orderly:DataDirectory=…`); the last one named wins. A setting under `Orderly`
        that does not exist ends the start with the name of the nearest, a value out of its bounds with the bounds. Durations are
        `[days.]hours:minutes:seconds`. Connection strings and addresses of servers: [operations.md](operations.md#settings).

        This page is made of the options' source. After a change there: `{Accept}=1 dotnet test tests/Architecture.Tests`.

        """;

    private static readonly string s_page = Path.Combine(Repository.Root, "docs", "settings.md");

    private static readonly Dictionary<string, XElement> s_comments = Setting.All
        .Select(setting => setting.Property.DeclaringType!.Assembly).Distinct()
        .SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
        // Generated code is in several assemblies under one name.
        .DistinctBy(member => member.Attribute("name")!.Value)
        .ToDictionary(member => member.Attribute("name")!.Value);

    [Fact]
    public void The_page_of_settings_is_what_the_options_say()
    {
        var made = Make();
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(s_page, made);
        }

        Assert.True(
            File.ReadAllText(s_page) == made,
            $"docs/settings.md is not what the options say. To accept the difference: {Accept}=1 dotnet test tests/Architecture.Tests");
    }

    [Fact]
    public void Every_setting_and_section_has_a_comment()
        => Assert.DoesNotContain(
            Setting.All, setting => TextOf(setting) is "" || SummaryOf($"T:{setting.Property.DeclaringType!.FullName}") is "");

    /// <summary>A check that can't fail is none.</summary>
    [Fact]
    public void Bounds_and_defaults_are_those_of_the_options()
    {
        var page = Make();
        Assert.Contains("| `Subscriptions:Partitions` | 1 | 1 to 256 |", page, StringComparison.Ordinal);
        Assert.Contains("| `Subscriptions:LeaseDuration` | 00:00:05 | 00:00:00.1 to 01:00:00 |", page, StringComparison.Ordinal);
        Assert.Contains(
            "| `Processes:CheckDeadline` | 00:01:00 | 00:00:00.001 to 365.00:00:00, or `never` |", page, StringComparison.Ordinal);
        Assert.Contains("| `Processes:FraudLimit` | 2000 | more than 0 |", page, StringComparison.Ordinal);
    }

    private static string Make()
    {
        var page = new StringBuilder(Head);
        var options = new OrderlyOptions { Email = new EmailOptions { Smtp = new SmtpOptions() } };
        foreach (var section in Setting.All.GroupBy(setting => setting.Property.DeclaringType!))
        {
            var prefix = section.First().Path[..^section.First().Property.Name.Length];
            page.Append($"\n## `{OrderlyOptions.Section}{(prefix is "" ? "" : $":{prefix[..^1]}")}`\n\n")
                .Append($"{SummaryOf($"T:{section.Key.FullName}")}\n\n| setting | default | bounds | meaning |\n|---|---|---|---|\n");
            foreach (var setting in section)
            {
                var bounds = setting.Bounds?.Replace('\'', '`') ?? "";
                page.Append($"| `{setting.Path}` | {DefaultOf(setting.ValueIn(options))} | {bounds} | {TextOf(setting)} |\n");
            }
        }

        return page.ToString();
    }

    private static string DefaultOf(object? value)
        => value switch
        {
            null or "" or ICollection { Count: 0 } => "none",
            string text => $"`{text}`",
            Enum one => $"`{one}`",
            _ => Setting.Text(value),
        };

    private static string TextOf(Setting setting) => SummaryOf($"P:{setting.Property.DeclaringType!.FullName}.{setting.Property.Name}");

    /// <summary>A comment as one line of Markdown.</summary>
    private static string SummaryOf(string member)
    {
        if (!s_comments.TryGetValue(member, out var comment) || comment.Element("summary") is not { } summary)
        {
            return "";
        }

        foreach (var reference in summary.Elements("see").ToList())
        {
            reference.ReplaceWith($"`{reference.Attribute("cref")!.Value.Split('.')[^1]}`");
        }

        foreach (var code in summary.Elements("c").ToList())
        {
            code.ReplaceWith($"`{code.Value}`");
        }

        return Spaces().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
