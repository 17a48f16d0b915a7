using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orderly.Hosting;
using Orderly.Subscriptions;

namespace Orderly.Worker;

/// <summary>The host that a command runs in: configuration, stores and projections.</summary>
internal static class WorkerHost
{
    /// <exception cref="StartFailedException">The settings can't be read.</exception>
    public static HostApplicationBuilder CreateBuilder(string[] settings)
    {
        var builder = ProgramStart.Build(() => Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = settings,
            // A settings file lies beside the program; the data directory is relative to where the program is called.
            ContentRootPath = AppContext.BaseDirectory,
        }));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddOrderlyServices(builder.Configuration);
        return builder;
    }

    /// <summary>A host for a tool: its output is the command's, so only warnings are logged, and to the error stream.</summary>
    /// <param name="needsLog">Whether there has to be a log already.</param>
    /// <exception cref="CommandFailedException">There is no data where the settings point.</exception>
    public static IHost BuildForTool(string[] settings, bool needsLog = true)
    {
        var builder = CreateBuilder(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var host = ProgramStart.Build(builder.Build);
        var options = host.Services.GetRequiredService<OrderlyOptions>();
        var directory = Path.GetFullPath(options.DataDirectory);
        return !needsLog || options.EventStore != OrderlyOptions.Sqlite || File.Exists(Path.Combine(directory, OrderlyServices.EventsFile))
            ? host
            : throw new CommandFailedException(
                ExitCode.Failed,
                $"There is no log in '{directory}'. Start the API first, or say where the data is: --Orderly:DataDirectory=DIRECTORY");
    }

    /// <summary>The names of all projections and processes. No store is opened.</summary>
    public static IEnumerable<string> Names()
        => CreateBuilder([]).Services.Select(service => service.ImplementationInstance).OfType<WorkerName>().Select(one => one.Name);

    /// <summary>The projection or process with this name.</summary>
    /// <exception cref="CommandFailedException">The name is not known.</exception>
    public static IProjectionWorker WorkerOf(this IHost host, string name)
        => host.Services.GetServices<IProjectionWorker>().Select([name])[0];

    /// <summary>The projections and processes with these names, in that order; all of them when there are none.</summary>
    /// <exception cref="CommandFailedException">A name is not known.</exception>
    public static IReadOnlyList<IProjectionWorker> Select(this IEnumerable<IProjectionWorker> workers, IReadOnlyCollection<string> names)
    {
        try
        {
            return OrderlyServices.Choose(workers, names);
        }
        catch (OptionsValidationException e)
        {
            throw new CommandFailedException(ExitCode.Usage, e.Message);
        }
    }
}
