using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orderly.Hosting;
using Orderly.Subscriptions;

namespace Orderly.Worker.Commands;

/// <summary><c>run</c>: keeps the views until it is stopped.</summary>
internal static class RunCommand
{
    public static Command Create(string[] settings)
    {
        var only = new Option<string[]>("--only")
        {
            Description = "The projections and processes to run; all of them when left out.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
            CompletionSources = { _ => WorkerHost.Names() },
        };
        var command = new Command(
            "run", "Follow the log, keep the views up to date and do what processes do, until stopped by Ctrl-C or SIGTERM.") { only };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var builder = WorkerHost.CreateBuilder(settings);
            builder.AddOrderlyTelemetry("orderly-worker");
            var names = parsed.GetValue(only) ?? [];
            if (names.Length > 0)
            {
                builder.Services.AddSingleton(provider => new WorkerGroup(
                    provider.GetServices<IProjectionWorker>().Select(names), provider.GetRequiredService<SubscriptionServices>()));
            }

            builder.Services.AddHostedService<ProjectionService>();
            using var host = ProgramStart.Build(builder.Build);
            _ = host.Services.GetServices<IProjectionWorker>().Select(names);
            try
            {
                await host.Services.OpenStoresAsync(cancellationToken);
                await host.RunAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // It was told to stop before it had started.
            }

            return Environment.ExitCode;
        });
        return command;
    }
}
