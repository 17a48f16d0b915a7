using System.CommandLine;

namespace Orderly.Worker.Commands;

/// <summary>
/// <c>completion</c>: scripts that make a shell complete the worker's command lines. Each asks the program as it was called, without its
/// name, up to the cursor, with the directive that the command line library answers: <c>[suggest:LENGTH] "LINE"</c>.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # To complete the command line of Orderly's worker: source <(worker completion bash)
        _orderly_worker() {
            local line=${COMP_LINE:0:COMP_POINT} word
            line=${line#*"$1"}
            COMPREPLY=()
            while IFS= read -r word; do
                if [[ $word == "$2"* ]]; then
                    COMPREPLY+=("$word")
                fi
            done < <(${BASH_ALIASES[$1]:-"$1"} "[suggest:${#line}]" "$line" 2> /dev/null)
        }
        complete -o default -F _orderly_worker worker Orderly.Worker
        """;

    private const string Zsh = """
        # To complete the command line of Orderly's worker, after compinit: source <(worker completion zsh)
        _orderly_worker() {
            local line=" ${(j: :)words[2,CURRENT-1]} $PREFIX"
            local -a found
            found=(${(f)"$(${~words[1]} "[suggest:${#line}]" "$line" 2> /dev/null)"})
            compadd -a found || _files
        }
        compdef _orderly_worker worker Orderly.Worker
        """;

    private const string Fish = """
        # To complete the command line of Orderly's worker: worker completion fish | source
        function __orderly_worker
            set -l call (commandline --current-process --tokenize --cut-at-cursor)[1]
            set -l line (string replace --regex '^\s*\S+' '' -- (commandline --current-process --cut-at-cursor))
            $call "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null
        end
        complete --command worker --arguments '(__orderly_worker)'
        complete --command Orderly.Worker --arguments '(__orderly_worker)'
        """;

    private const string PowerShell = """
        # To complete the command line of Orderly's worker: worker completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName worker, Orderly.Worker -ScriptBlock {
            param($word, $ast, $cursor)
            $call = $ast.CommandElements[0].Extent.Text
            $length = $cursor - $ast.Extent.StartOffset - $call.Length
            $line = $ast.Extent.Text.Substring($call.Length).PadRight($length).Substring(0, $length)
            & $call "[suggest:$length]" $line 2> $null | Where-Object { $_ -like "$word*" -and $_ } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["pwsh"] = PowerShell,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "The shell.", HelpName = "bash|zsh|fish|pwsh" };
        shell.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        var command = new Command(
            "completion", "Print a script that makes a shell complete commands, options and names. Its first line says how to use it.")
        {
            shell,
        };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(s_scripts[parsed.GetRequiredValue(shell)]));
        return command;
    }
}
