using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Subscriptions.Operating;
using Spectre.Console;

namespace Orderly.Worker.Commands;

/// <summary><c>status</c>: how far every view is.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(1);

    public static Command Create(string[] settings)
    {
        var names = Arguments.Names("The views and processes; all of them when left out.", ArgumentArity.ZeroOrMore);
        var watch = Arguments.Flag("--watch", "Show it anew every second, with the rate, until Ctrl-C.");
        var json = Arguments.Json();
        var command = new Command(
            "status",
            $"Show how far every view is. The exit code is {ExitCode.NeedsAttention} when one of them can't go on or has parked "
            + "events.") { names, watch, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(watch) && parsed.GetValue(json))
            {
                throw new CommandFailedException(ExitCode.Usage, "--watch is for people, and --json for programs: say one of them.");
            }

            using var host = WorkerHost.BuildForTool(settings);
            Task<IReadOnlyList<ProjectionStatus>> ReadAsync()
                => StatusCommand.ReadAsync(host.Services, parsed.GetValue(names) ?? [], cancellationToken);
            if (parsed.GetValue(watch))
            {
                return await WatchAsync(ReadAsync, Terminal.Of(parsed.InvocationConfiguration.Output), cancellationToken);
            }

            var status = await ReadAsync();
            if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(status, WorkerJson.Default.IReadOnlyListProjectionStatus);
            }
            else
            {
                parsed.WriteLines(StatusListing.Of(status, null, parsed.Width()));
            }

            return status.Any(one => one.State == "faulted" || one.Parked > 0) ? ExitCode.NeedsAttention : ExitCode.Success;
        });
        return command;
    }

    /// <param name="names">Also of views that no worker keeps, such as those that 'replay --to' built; none: all.</param>
    /// <exception cref="CommandFailedException">A name is not known.</exception>
    private static async Task<IReadOnlyList<ProjectionStatus>> ReadAsync(
        IServiceProvider services, string[] names, CancellationToken cancellationToken)
    {
        var status = await ProjectionStatus.ReadAsync(
            services.GetRequiredService<IEventStore>(), services.GetRequiredService<IViewStore>(),
            services.GetRequiredService<TimeProvider>(), cancellationToken);
        _ = services.GetServices<IProjectionWorker>().Select([.. names.Where(name => status.All(one => one.Name != name))]);
        return names.Length == 0 ? status : [.. status.Where(one => names.Contains(one.Name))];
    }

    private static async Task<int> WatchAsync(
        Func<Task<IReadOnlyList<ProjectionStatus>>> readAsync, IAnsiConsole output, CancellationToken cancellationToken)
    {
        try
        {
            var before = await readAsync();
            using var screen = new WatchScreen(output);
            using var timer = new PeriodicTimer(s_refresh);
            screen.Show(width => StatusListing.Of(before, null, width));
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var (last, status) = (before, await readAsync());
                screen.Show(width => StatusListing.Of(status, last, width));
                before = status;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It goes on until it is told to end.
        }

        return ExitCode.Cancelled;
    }
}
