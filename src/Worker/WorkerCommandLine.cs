using System.CommandLine;
using System.Reflection;
using Orderly.Hosting;
using Orderly.Worker.Commands;

namespace Orderly.Worker;

/// <summary>An error that a message says all about.</summary>
public sealed class CommandFailedException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The operator's command line.</summary>
public static class WorkerCommandLine
{
    /// <summary>
    /// How long a command may take to end in good order once it is told to: a worker finishes its commits and gives its leases back.
    /// The library's two seconds are not enough for that on a busy machine.
    /// </summary>
    private static readonly TimeSpan s_terminationTimeout = TimeSpan.FromMinutes(1);

    /// <summary>All commands.</summary>
    /// <param name="settings">Settings that were given with the command, as <c>--NAME=VALUE</c>.</param>
    public static RootCommand Create(string[] settings)
    {
        var root = new RootCommand(
            "Orderly's projections and the operator's tools. Settings of appsettings.json can be given to every command, "
            + "such as --Orderly:DataDirectory=./data, or as environment variables, such as Orderly__DataDirectory=./data.")
        {
            RunCommand.Create(settings),
            StatusCommand.Create(settings),
            ReplayCommand.Create(settings),
            VerifyCommand.Create(settings),
            CheckCommand.Create(settings),
            BackupCommands.CreateBackup(settings),
            BackupCommands.CreateRestore(settings),
            ParkedCommand.Create(settings),
            GenerationCommands.CreateRollback(settings),
            GenerationCommands.CreateRepartition(settings),
            GenerationCommands.CreateDrop(settings),
            LogCommand.Create(settings),
            KeysCommand.Create(settings),
            CompletionCommand.Create(),
            CreateVersion(),
        };
        root.Add(HelpCommand.Create(root));
        return root;
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="output">Where its result goes; null: to the output stream of the process.</param>
    /// <param name="error">Where its messages go; null: to the error stream of the process.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        var (words, settings) = SplitSettings(args);
        var parsed = Create(settings).Parse(words, Parsing.Configuration);
        var invocation = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = s_terminationTimeout,
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,
        };
        if (parsed.Errors.Count > 0)
        {
            await parsed.InvokeAsync(invocation);
            return ExitCode.Usage;
        }

        int Fail(int exitCode, string message) => Terminal.Fail(exitCode, message, Terminal.Of(invocation.Error));
        try
        {
            return await parsed.InvokeAsync(invocation);
        }
        catch (CommandFailedException e)
        {
            return Fail(e.ExitCode, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Fail(ExitCode.Cancelled, "Cancelled.");
        }
        catch (Exception e) when (ProgramStart.FaultOf(e) is { } fault)
        {
            return Fail(ExitCode.Failed, fault);
        }
    }

    private static Command CreateVersion()
    {
        var command = new Command("version", "Print the version of this program.");
        var version = typeof(WorkerCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(version));
        return command;
    }

    /// <summary>Takes the settings, whose names have a colon, out of the words of the command.</summary>
    private static (string[] Words, string[] Settings) SplitSettings(string[] args)
    {
        List<string> words = [];
        List<string> settings = [];
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=', 2)[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains(':', StringComparison.Ordinal))
            {
                words.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (name.Length == args[i].Length && i + 1 < args.Length)
            {
                settings.Add(args[++i]);
            }
        }

        return ([.. words], [.. settings]);
    }
}
