using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions.Operating;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>status</c>: how far every view is.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(1);

    public static Command Create(string[] settings)
    {
        var watch = new Option<bool>("--watch") { Description = "Show it anew every second, with the rate, until Ctrl-C." };
        var json = Arguments.Json();
        var command = new Command(
            "status",
            $"Show how far every view is. The exit code is {ExitCode.NeedsAttention} when one of them can't go on or has parked "
            + "events.") { watch, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = WorkerHost.BuildForTool(settings);
            var services = host.Services;
            Task<IReadOnlyList<ProjectionStatus>> ReadAsync() => ProjectionStatus.ReadAsync(
                services.GetRequiredService<IEventStore>(), services.GetRequiredService<IViewStore>(),
                services.GetRequiredService<TimeProvider>(), cancellationToken);
            var status = await ReadAsync();
            if (parsed.GetValue(watch))
            {
                await Terminal.Output.Live(TableOf(status, null)).StartAsync(async live =>
                {
                    using var timer = new PeriodicTimer(s_refresh);
                    while (await timer.WaitForNextTickAsync(cancellationToken))
                    {
                        var before = status;
                        live.UpdateTarget(TableOf(status = await ReadAsync(), before));
                    }
                });
            }
            else if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(status, WorkerJson.Default.IReadOnlyListProjectionStatus);
            }
            else
            {
                Terminal.Output.Write(TableOf(status, null));
            }

            return status.Any(one => one.State == "faulted" || one.Parked > 0) ? ExitCode.NeedsAttention : ExitCode.Success;
        });
        return command;
    }

    private static Table TableOf(IReadOnlyList<ProjectionStatus> status, IReadOnlyList<ProjectionStatus>? before)
    {
        var table = new Table().AddColumns(
            "view", "version", "generation", "state", "position", "lag", "lag s", "per s", "parked", "owner", "last change", "fault");
        foreach (var one in status)
        {
            // In positions of the log: on the embedded store these are events.
            var last = before?.FirstOrDefault(other => (other.Name, other.Generation) == (one.Name, one.Generation));
            string?[] cells =
            [
                one.Name, Number(one.Version), Number(one.Generation), one.State, one.Position, Number(one.Lag),
                one.LagSeconds.ToString("0.0", CultureInfo.InvariantCulture), last is null ? "" : Number(Value(one) - Value(last)),
                Number(one.Parked), OwnersOf(one), one.UpdatedAt.ToString("u", CultureInfo.InvariantCulture), one.Fault,
            ];
            table.AddRow([.. cells.Select(cell => Markup.Escape(cell ?? ""))]);
        }

        return table;
    }

    private static string OwnersOf(ProjectionStatus status)
        => status.Partitions == 1
            ? status.Owners[0] ?? ""
            : string.Join('\n', status.Owners.Index().GroupBy(one => one.Item ?? "nobody").Select(
                owned => $"{owned.Key}: {string.Join(' ', owned.Select(one => one.Index))}"));

    private static long Value(ProjectionStatus status) => LogPosition.TryParse(status.Position, out var position) ? position.Value : 0;

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
