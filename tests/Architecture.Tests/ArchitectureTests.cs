using System.Text.RegularExpressions;

namespace Orderly.Architecture.Tests;

/// <summary>The rooms and what they may depend on, as docs/architecture.md draws them.</summary>
public partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Access"] = [],
        ["Domain"] = ["MediatR", "FluentValidation", "Orderly.Access"],
        ["ReadModels"] = ["MediatR", "Orderly.Access"],
        ["Subscriptions"] = ["Orderly.Domain", "Orderly.ReadModels", "Microsoft.Extensions.Logging.Abstractions"],
        ["Projections"] = ["Orderly.Subscriptions", "Orderly.ReadModels", "Orderly.Domain"],
        ["Processes"] =
            [
                "MediatR", "MailKit", "MimeKit", "Orderly.Subscriptions", "Orderly.ReadModels", "Orderly.Domain",
                "Microsoft.Extensions.Logging.Abstractions",
            ],
        ["Storage.EventStoreDb"] =
            [
                "Orderly.Domain", "Microsoft.Extensions.Logging.Abstractions", "EventStore.Client", "EventStore.Client.Streams",
                "Grpc.Core.Api",
            ],
        ["Storage.MongoDb"] = ["Orderly.ReadModels", "Microsoft.Extensions.Logging.Abstractions", "MongoDB.Bson", "MongoDB.Driver"],
        ["Storage.Sqlite"] =
            [
                "Orderly.Domain", "Orderly.ReadModels", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Data.Sqlite",
                "SQLitePCLRaw.core", "SQLitePCLRaw.batteries_v2",
            ],
        ["Testing"] =
            [
                "Orderly.Processes", "Orderly.Subscriptions", "Orderly.ReadModels", "Orderly.Domain", "Orderly.Access", "MediatR",
                "FluentValidation",
                "Microsoft.Extensions.TimeProvider.Testing", "xunit.assert",
            ],
    };

    public static TheoryData<string> Rooms => [.. s_allowed.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_what_it_may(string room)
        => Assert.Empty(CompiledRoom.Read(room).Assemblies
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal))
            .Except(s_allowed[room]));

    /// <summary>They set who asks; what goes round them would ask as the program itself, which may do everything.</summary>
    [Fact]
    public void Only_requests_send_commands_and_queries()
    {
        string[] senders = ["Commands/CommandRequest.cs", "Queries/DocumentQuery.cs", "Queries/ViewRequest.cs"];
        var api = Path.Combine(Repository.Root, "src", "Api");
        var found = Directory.EnumerateFiles(api, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("IMediator", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(api, file).Replace('\\', '/')).Order(StringComparer.Ordinal);
        Assert.Equal(senders, found);
    }

    [Fact]
    public void Neither_of_the_programs_uses_the_other()
    {
        Assert.DoesNotContain("Orderly.Worker", CompiledRoom.Read("Api").Assemblies);
        Assert.DoesNotContain("Orderly.Api", CompiledRoom.Read("Worker").Assemblies);
        Assert.Empty(CompiledRoom.Read("Hosting").Assemblies.Intersect(["Orderly.Api", "Orderly.Worker"]));
    }

    /// <summary>Rule 2, a pure core: time, chance, identity, culture and I/O come in through the command or not at all.</summary>
    [Theory]
    [InlineData("Domain")]
    [InlineData("Projections")]
    public void The_core_reads_no_clock_no_chance_no_culture_and_does_no_io(string room)
    {
        string[] forbidden =
        [
            "System.DateTime.get_",
            "System.DateTimeOffset.get_UtcNow",
            "System.DateTimeOffset.get_Now",
            "System.TimeProvider.",
            "System.Diagnostics.Stopwatch.",
            "System.Environment.",
            "System.Random.",
            "System.Guid.NewGuid",
            "System.Guid.CreateVersion7",
            "System.Security.Cryptography.RandomNumberGenerator.",
            "System.Globalization.CultureInfo.get_Current",
            "System.IO.",
            "System.Net.",
            "System.Threading.Thread.Sleep",
            "System.Threading.Tasks.Task.Delay",
            "System.Threading.Tasks.Task.Run", "System.Console.",
        ];
        Assert.DoesNotContain(
            CompiledRoom.Read(room).Members, member => forbidden.Any(prefix => member.StartsWith(prefix, StringComparison.Ordinal)));
    }

    /// <summary>
    /// The driver translates a comparison of texts that ignores case to one that no index helps, or to one that nothing fits.
    /// Queries are stages of a pipeline instead, and compare folded copies.
    /// </summary>
    [Fact]
    public void Queries_of_MongoDB_are_not_written_in_LINQ()
        => Assert.DoesNotContain(
            CompiledRoom.Read("Storage.MongoDb").Members,
            member => member.StartsWith("MongoDB.Driver.Linq.", StringComparison.Ordinal)
                || member.StartsWith("System.Linq.Expressions.", StringComparison.Ordinal)
                || member.EndsWith(".AsQueryable", StringComparison.Ordinal));

    /// <summary>Operators search and alert by the id of a message.</summary>
    [Fact]
    public void Every_message_of_the_log_has_an_id_of_its_own()
    {
        var ids = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => MessageId().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)
            .ToList();

        Assert.Contains("2003", ids);
        Assert.Empty(ids.GroupBy(id => id).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId = )?(\d+)")]
    private static partial Regex MessageId();

    /// <summary>A check that can't fail is none: the same search finds what is there.</summary>
    [Fact]
    public void The_search_for_members_finds_them()
        => Assert.Contains("System.TimeProvider.GetUtcNow", CompiledRoom.Read("Subscriptions").Members);
}
