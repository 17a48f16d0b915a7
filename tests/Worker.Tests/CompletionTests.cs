using System.Diagnostics;

namespace Orderly.Worker.Tests;

/// <summary>The scripts that make shells complete the worker's command line, in the shells that are there.</summary>
public sealed class CompletionTests : IDisposable
{
    /// <summary>Has the program as 'worker', as an operator has it.</summary>
    private readonly string _directory = Directory.CreateTempSubdirectory("orderly-").FullName;

    public CompletionTests()
    {
        var worker = Path.Combine(_directory, "worker");
        File.WriteAllText(worker, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "Orderly.Worker.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(worker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    public static TheoryData<string, string[]> Lines => new()
    {
        { "worker sta", ["status"] },
        { "worker parked li", ["list"] },
        { "worker parked list customer-", ["customer-overview", "customer-search"] },
        { "worker verify order-details --j", ["--json"] },
    };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("bash", "complete -o default -F _orderly_worker worker Orderly.Worker")]
    [InlineData("zsh", "compdef _orderly_worker worker Orderly.Worker")]
    [InlineData("fish", "complete --command worker --arguments '(__orderly_worker)'")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName worker, Orderly.Worker")]
    public async Task There_is_a_script_for_each_shell(string shell, string registration)
    {
        var script = await RunAsync("worker", "completion", shell);
        Assert.Contains(registration, script, StringComparison.Ordinal);
        Assert.Contains("[suggest:", script, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Lines))]
    public async Task Bash_completes(string line, string[] expected)
        => await AssertCompletesAsync(
            line, expected, "bash", "--norc", "--noprofile", "-c",
            """
            source <(worker completion bash)
            [[ $(complete -p worker) == *_orderly_worker* ]] || exit 1
            COMP_LINE=$1 COMP_POINT=${#1}
            _orderly_worker worker "${1##* }"
            printf '%s\n' "${COMPREPLY[@]}"
            """,
            "bash");

    [SkippableTheory]
    [MemberData(nameof(Lines))]
    public async Task Zsh_completes(string line, string[] expected)
        => await AssertCompletesAsync(
            line, expected, "zsh", "-f", "-c",
            """
            compdef() { [[ $1 == _orderly_worker ]] || exit 1 }
            compadd() { print -rl -- ${(M)${(P)2}:#$PREFIX*} }
            source <(worker completion zsh)
            words=(${(z)1}) CURRENT=${#words} PREFIX=$words[-1]
            _orderly_worker
            """,
            "zsh");

    [SkippableTheory]
    [MemberData(nameof(Lines))]
    public async Task Fish_completes(string line, string[] expected)
        => await AssertCompletesAsync(
            line, expected, "fish", "--no-config", "-c", "worker completion fish | source; complete --do-complete \"$argv[1]\"");

    [SkippableTheory]
    [MemberData(nameof(Lines))]
    public async Task PowerShell_completes(string line, string[] expected)
        => await AssertCompletesAsync(
            "", expected, "pwsh", "-NoProfile", "-NonInteractive", "-Command",
            $$"""
            worker completion pwsh | Out-String | Invoke-Expression
            $completion = [System.Management.Automation.CommandCompletion]::CompleteInput('{{line}}', {{line.Length}}, $null)
            $completion.CompletionMatches.CompletionText
            """);

    /// <param name="line">The shell's last argument.</param>
    private async Task AssertCompletesAsync(string line, string[] expected, string shell, params string[] arguments)
    {
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        Skip.IfNot(path.Any(folder => File.Exists(Path.Combine(folder, shell))), $"There is no {shell} here.");
        var output = await RunAsync(shell, [.. arguments, .. line.Length > 0 ? [line] : Array.Empty<string>()]);
        Assert.Equal(expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var path = $"{_directory}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        var start = new ProcessStartInfo("env", [$"PATH={path}", program, .. arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
