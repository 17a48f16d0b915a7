using System.CommandLine;

namespace Orderly.Worker.Commands;

/// <summary><c>help</c>: what <c>--help</c> says.</summary>
internal static class HelpCommand
{
    /// <param name="root">The command whose commands it explains.</param>
    public static Command Create(RootCommand root)
    {
        var words = new Argument<string[]>("command")
        {
            Description = "The command, such as 'parked list'; this program as a whole when left out.",
            HelpName = "COMMAND",
            Arity = ArgumentArity.ZeroOrMore,
        };
        words.CompletionSources.Add(context => (context.ParseResult.GetValue(words) ?? [])
            .Aggregate((Command)root, (at, word) => FindIn(at, word) ?? at).Subcommands.Select(one => one.Name));
        var command = new Command("help", "Explain a command, as --help does.") { words };
        command.SetAction(parsed =>
        {
            var said = parsed.GetValue(words) ?? [];
            Command explained = root;
            foreach (var word in said)
            {
                explained = FindIn(explained, word)
                    ?? throw new CommandFailedException(
                        ExitCode.Usage,
                        $"There is no command '{string.Join(' ', said)}'. "
                        + (explained.Subcommands.Count == 0
                            ? $"'{explained.Name}' has no commands."
                            : $"There are: {string.Join(", ", explained.Subcommands.Select(one => one.Name))}."));
            }

            return root.Parse([.. said, "--help"], Parsing.Configuration).Invoke(parsed.InvocationConfiguration);
        });
        return command;
    }

    private static Command? FindIn(Command command, string word) => command.Subcommands.FirstOrDefault(one => one.Name == word);
}
