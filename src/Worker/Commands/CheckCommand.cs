using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Hosting;
using Orderly.Storage.Sqlite;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>check</c>: whether the embedded log is what was written.</summary>
internal static class CheckCommand
{
    public static Command Create(string[] settings)
        => new("check", "Check the embedded stores for damage.") { CreateLog(settings) };

    private static Command CreateLog(string[] settings)
    {
        var json = Arguments.Json();
        var command = new Command(
            "log",
            "Prove every event of the embedded log by its checksum, its place in the chain and the file's indexes, also while the service "
            + $"runs. Prints each fault; the exit code is {ExitCode.NeedsAttention} when there is one.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var options = host.Services.GetRequiredService<OrderlyOptions>();
            if (options.EventStore != OrderlyOptions.Sqlite)
            {
                throw new CommandFailedException(
                    ExitCode.Usage, $"The log is not embedded but in {options.EventStore}, which has checks of its own.");
            }

            List<LogFault> faults = [];
            var output = parsed.GetValue(json) ? null : parsed.InvocationConfiguration.Output;
            var path = Path.Combine(options.DataDirectory, OrderlyServices.EventsFile);
            var result = await FoldDisplay.ShowAsync(
                parsed.Messages(),
                ["log"],
                shown => Task.Run(() => SqliteLogCheck.Run(path, OnFault, shown["log"], cancellationToken), cancellationToken));
            parsed.Messages().WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Events:N0} events checked up to position {result.Position}, {result.Events / result.Seconds:N0} a second, "
                + $"{result.Erased:N0} erased ones; {result.Faults:N0} faults."));
            if (output is null)
            {
                await parsed.WriteJsonAsync(
                    new CheckReport(
                        result.Position.ToString(CultureInfo.InvariantCulture), result.Events, result.Erased, Math.Round(result.Seconds, 3),
                        [.. faults.Select(one => new CheckFault(
                            one.Position == 0 ? null : one.Position.ToString(CultureInfo.InvariantCulture), one.Stream, one.Revision,
                            one.Reason))]),
                    WorkerJson.Default.CheckReport);
            }

            return result.Faults > 0 ? ExitCode.NeedsAttention : ExitCode.Success;

            void OnFault(LogFault fault)
            {
                if (output is null)
                {
                    faults.Add(fault);
                    return;
                }

                output.WriteLine(Describe(fault));
            }
        });
        return command;
    }

    /// <summary>A fault in one line.</summary>
    public static string Describe(LogFault fault)
    {
        var where = fault switch
        {
            { Position: 0 } => "file",
            { Stream: null } => FormattableString.Invariant($"position {fault.Position}"),
            _ => FormattableString.Invariant($"position {fault.Position} ('{fault.Stream}', revision {fault.Revision})"),
        };
        return $"{where}: {fault.Reason}";
    }
}
