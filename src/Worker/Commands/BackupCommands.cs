using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orderly.Hosting;
using Orderly.Storage.Sqlite;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>backup</c> and <c>restore</c>: copies of the embedded stores.</summary>
internal static class BackupCommands
{
    public static Command CreateBackup(string[] settings)
    {
        var directory = new Argument<string>("directory")
        {
            Description = "Where to put it; not there yet, or empty.",
            HelpName = "DIRECTORY",
        };
        var command = new Command(
            "backup",
            "Copy the embedded stores, also while the service runs, and prove the copies. The directory appears when all is on the disk. "
            + $"Prints each fault; the exit code is {ExitCode.NeedsAttention} when there is one.")
        {
            directory,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var files = FilesOf(host);
            return await RunAsync(parsed, files, "backup", (onFault, onProgress) => SqliteBackup.Create(
                files, parsed.GetRequiredValue(directory), onFault, onProgress, cancellationToken));
        });
        return command;
    }

    public static Command CreateRestore(string[] settings)
    {
        var directory = new Argument<string>("directory") { Description = "A backup.", HelpName = "DIRECTORY" };
        var overwrite = Arguments.Flag("--overwrite", "Replace the stores that are there.");
        var command = new Command(
            "restore",
            "Prove a backup and put it in place as the embedded stores. Every API and worker has to be stopped.") { directory, overwrite };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings, needsLog: false);
            var files = FilesOf(host);
            return await RunAsync(parsed, files, "restore", (onFault, onProgress) => SqliteBackup.Restore(
                files, parsed.GetRequiredValue(directory), parsed.GetValue(overwrite), onFault, onProgress, cancellationToken));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, EmbeddedFiles files, string verb, Action<Action<LogFault>, Action<string, long, long>> run)
    {
        var faults = 0;
        List<string> names = [.. new[] { files.Views, files.Events }.OfType<string>().SelectMany(
            path => new[] { $"copy {Path.GetFileName(path)}", $"check {Path.GetFileName(path)}" })];
        try
        {
            await FoldDisplay.ShowAsync(parsed.Messages(), names, shown => Task.Run(() =>
            {
                run(OnFault, (name, done, all) => shown[CopyOf(name)](done, all));
                return true;
            }));
            parsed.Messages().WriteLine($"The {verb} is complete and has no fault.");
            return ExitCode.Success;
        }
        catch (SqliteBackupException e)
        {
            throw new CommandFailedException(faults > 0 ? ExitCode.NeedsAttention : ExitCode.Failed, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Failed, e.Message);
        }

        void OnFault(LogFault fault)
        {
            faults++;
            parsed.InvocationConfiguration.Output.WriteLine(CheckCommand.Describe(fault));
        }

        // A copy that is restored has another name until it is in place.
        string CopyOf(string name) => names.Find(one => name.StartsWith(one, StringComparison.Ordinal))!;
    }

    private static EmbeddedFiles FilesOf(IHost host)
    {
        var options = host.Services.GetRequiredService<OrderlyOptions>();
        string PathOf(string name) => Path.GetFullPath(Path.Combine(options.DataDirectory, name));
        var files = new EmbeddedFiles(
            options.EventStore == OrderlyOptions.Sqlite ? PathOf(OrderlyServices.EventsFile) : null,
            options.Views == OrderlyOptions.Sqlite ? PathOf(OrderlyServices.ViewsFile) : null);
        return files is { Events: null, Views: null }
            ? throw new CommandFailedException(ExitCode.Usage, "No store is embedded: back up the servers with their own tools.")
            : files;
    }
}
