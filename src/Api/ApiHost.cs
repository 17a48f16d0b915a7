using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Resources;
using Orderly.Hosting;

namespace Orderly.Api;

/// <summary>Puts the service together.</summary>
public static partial class ApiHost
{
    /// <summary>Where the service listens when no setting says.</summary>
    public const string DefaultAddress = "http://localhost:5080";

    /// <summary>Runs the service until it is told to stop.</summary>
    /// <param name="args">As for <see cref="Build"/>.</param>
    /// <param name="error">Where one line goes when something that an operator can mend keeps it from starting.</param>
    /// <returns>The program's exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter error)
    {
        try
        {
            return await RunAsync(args);
        }
        catch (Exception e) when (ProgramStart.FaultOf(e) is { } fault)
        {
            await error.WriteLineAsync(fault);
            return 1;
        }
    }

    private static async Task<int> RunAsync(string[] args)
    {
        await using var app = ProgramStart.Build(() => Build(args));
        await app.Services.OpenStoresAsync(CancellationToken.None);
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // It was told to stop before it had started.
            await app.StopAsync();
            return Environment.ExitCode;
        }
        catch (Exception e) when (e is IOException or SocketException or FormatException or InvalidOperationException or ArgumentException)
        {
            // The server comes last, so it is what can't start: an address that is taken, not this machine's, or none at all.
            await app.StopAsync();
            throw new StartFailedException(
                $"The API can't listen at '{app.Configuration[WebHostDefaults.ServerUrlsKey]}': {e.Message} "
                + "Free the address, or name another: --urls=http://HOST:PORT.", e);
        }

        await app.WaitForShutdownAsync();
        return Environment.ExitCode;
    }

    /// <summary>The service, ready to be started.</summary>
    /// <param name="args">The command line: configuration as <c>--Orderly:DataDirectory PATH</c>.</param>
    /// <param name="configure">Changes what was registered; null: nothing is changed.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        // The settings file lies beside the program, wherever it is started from.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        if (!NamesAddress(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        builder.AddOrderlyTelemetry("orderly-api");
        builder.AddOrderly();
        builder.Services.AddHttpInterface();
        configure?.Invoke(builder.Services);

        var app = builder.Build();

        // Before anything starts: the host would log what is wrong with a stack.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        OpenService.Check(app);
        OpenFiles.TellConnections(app.Services.GetRequiredService<OrderlyOptions>().Limits, app.Logger);
        app.Use(RequestIds.NameAsync);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseHttpFeatures();
        app.UseMiddleware<CallerMiddleware>();
        app.UseMiddleware<RequestLimit>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseRequestTimeouts();
        app.Use(Conditions.RefuseUnknownAsync);
        app.Use(Addresses.RefuseUnknownParametersAsync);
        app.UseOpenApi();

        app.MapProblemPages();
        app.MapResources();
        return app;
    }

    private static bool NamesAddress(ConfigurationManager settings)
        => new[] { WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey }
            .Any(key => !string.IsNullOrEmpty(settings[key])) || settings.GetSection("Kestrel:Endpoints").Exists();

    private static void AddHttpInterface(this IServiceCollection services)
    {
        services.AddOptions<OrderlyOptions>().Validate(_ => OpenFiles.Limit > OpenFiles.Kept, OpenFiles.TooFew);
        services.AddHttpFeatures();
        services.AddOptions<KestrelServerOptions>().Configure<OrderlyOptions>(Limit);
        services.AddRequestTimeouts(_ => { }).AddOptions<RequestTimeoutOptions>().Configure<OrderlyOptions>(Limit);
        services.Configure<RouteOptions>(options =>
        {
            options.SetParameterPolicy<IdConstraint>("entity-id");
            options.SetParameterPolicy<StreamConstraint>("stream");
        });
        services.AddSingleton<AccessTokens>().AddSingleton<ApiKeyCallers>().AddSingleton<Callers>().AddSingleton<StreamAccess>();
        services.AddSingleton<Readiness>();
        services.AddOpenApiDocument();
        AddDomain(services);
    }

    /// <summary>What the domain's own resources need.</summary>
    static partial void AddDomain(IServiceCollection services);

    private static void Limit(KestrelServerOptions kestrel, OrderlyOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = OpenFiles.ConnectionsOf(options.Limits);
    }

    private static void Limit(RequestTimeoutOptions timeouts, OrderlyOptions options)
        => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = TimeSpan.FromSeconds(options.Limits.RequestSeconds),
            TimeoutStatusCode = ProblemType.Timeout.Status,
            WriteTimeoutResponse = http
                => new Problem(ProblemType.Timeout, Problem.MayHaveTakenEffect) { RetryAfter = TimeSpan.FromSeconds(1) }.ExecuteAsync(http),
        };
}
