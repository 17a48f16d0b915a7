using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Hosting;
using Orderly.Subscriptions;

namespace Orderly.Worker.Tests;

/// <summary>What the command line says about itself.</summary>
public class CommandLineTests
{
    public static TheoryData<string> Commands
    {
        get
        {
            TheoryData<string> commands = [];
            Add("", WorkerCommandLine.Create([]));
            return commands;

            void Add(string path, Command command)
            {
                commands.Add(path);
                foreach (var one in command.Subcommands)
                {
                    Add($"{path} {one.Name}".Trim(), one);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_says_what_the_option_says(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var said = Run([.. words, "--help"]);
        Assert.Contains("Usage:", said, StringComparison.Ordinal);
        Assert.Equal(said, Run(["help", .. words]));
    }

    [Theory]
    [InlineData("There is no command 'dance'. There are: run, status, ", "dance")]
    [InlineData("There is no command 'parked dance'. There are: list, show, retry, skip.", "parked", "dance")]
    [InlineData("There is no command 'status now'. 'status' has no commands.", "status", "now")]
    public void Help_on_what_is_no_command_says_so(string message, params string[] words)
    {
        var failure = Assert.Throws<CommandFailedException>(() => Run(["help", .. words]));
        Assert.Equal(2, failure.ExitCode);
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" sta", "status")]
    [InlineData(" parked ", "list", "show", "retry", "skip")]
    [InlineData(" parked list --j", "--json")]
    [InlineData(" status --json ", "--watch", "order-details", "e-mail")]
    [InlineData(" status customer-o", "customer-overview")]
    [InlineData(" run --only payment-", "payment-deadline")]
    [InlineData(" verify sales ", "order-search")]
    [InlineData(" log tail --type order-placed", "order-placed.v1")]
    [InlineData(" completion ", "bash", "zsh", "fish", "pwsh")]
    [InlineData(" help parked re", "retry")]
    [InlineData(" --Orderly:DataDirectory=elsewhere sta", "status")]
    public void What_can_follow_is_suggested(string line, params string[] words)
    {
        var suggested = Suggest(line);
        Assert.Superset(words.ToHashSet(), suggested.ToHashSet());
        Assert.DoesNotContain("True", suggested);
    }

    /// <summary>The names that are suggested without opening a store are those of all workers.</summary>
    [Fact]
    public async Task All_names_are_known_without_a_store()
    {
        var directory = Directory.CreateTempSubdirectory("orderly-").FullName;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("Orderly:DataDirectory", (string?)directory)])
            .Build();
        await using (var services = new ServiceCollection().AddLogging().AddOrderlyServices(configuration).BuildServiceProvider())
        {
            var names = services.GetServices<IProjectionWorker>().Select(worker => worker.View.Name).ToHashSet();
            Assert.Superset(names, Suggest(" verify ").ToHashSet());
            Assert.Equal(names, services.GetServices<WorkerName>().Select(one => one.Name).ToHashSet());
        }

        Directory.Delete(directory, recursive: true);
    }

    private static List<string> Suggest(string line)
        => [.. Run([$"[suggest:{line.Length}]", line]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static string Run(string[] words)
    {
        using var output = new StringWriter();
        Assert.Equal(
            0,
            WorkerCommandLine.Create([]).Parse(words).Invoke(new InvocationConfiguration
            {
                Output = output,
                EnableDefaultExceptionHandler = false,
            }));
        return output.ToString();
    }
}
