using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>status</c>: how far every view is.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(1);

    public static Command Create(string[] settings)
    {
        var watch = new Option<bool>("--watch") { Description = "Show it anew every second, until Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "status", $"Show how far every view is. The exit code is {ExitCode.NeedsAttention} when one of them can't go on.") { watch, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var views = host.Services.GetServices<IProjectionWorker>().Select(worker => worker.View).ToList();
            var log = host.Services.GetRequiredService<IEventStore>();
            var store = host.Services.GetRequiredService<IViewStore>();
            var status = await ProjectionStatus.ReadAsync(views, log, store, cancellationToken);
            if (parsed.GetValue(watch))
            {
                await AnsiConsole.Live(TableOf(status)).StartAsync(async live =>
                {
                    using var timer = new PeriodicTimer(s_refresh);
                    while (await timer.WaitForNextTickAsync(cancellationToken))
                    {
                        status = await ProjectionStatus.ReadAsync(views, log, store, cancellationToken);
                        live.UpdateTarget(TableOf(status));
                    }
                });
            }
            else if (parsed.GetValue(json))
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(status, WorkerJson.Default.IReadOnlyListProjectionStatus));
            }
            else
            {
                AnsiConsole.Write(TableOf(status));
            }

            return status.Any(one => one.State == "faulted") ? ExitCode.NeedsAttention : ExitCode.Success;
        });
        return command;
    }

    private static Table TableOf(IReadOnlyList<ProjectionStatus> status)
    {
        var table = new Table().AddColumns("view", "version", "generation", "state", "owner", "position", "lag", "last change", "fault");
        foreach (var one in status)
        {
            string?[] cells =
            [
                one.Name,
                Number(one.Version),
                one.Generation is { } generation ? Number(generation) : "",
                one.State,
                one.Owner,
                Number(one.Position),
                Number(one.Lag),
                one.UpdatedAt?.ToString("u", CultureInfo.InvariantCulture),
                one.Fault,
            ];
            table.AddRow([.. cells.Select(cell => Markup.Escape(cell ?? ""))]);
        }

        return table;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
