using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Orderly.Api.OpenApi;
using Orderly.Api.Problems;
using Orderly.Api.Resources;
using Orderly.Hosting;
using Orderly.Projections;

namespace Orderly.Api;

/// <summary>Puts the service together.</summary>
public static class ApiHost
{
    /// <summary>Runs the service until it is told to stop.</summary>
    /// <param name="args">As for <see cref="Build"/>.</param>
    /// <returns>The program's exit code.</returns>
    /// <remarks>What keeps it from starting and can be mended is told by <see cref="ProgramStart.FaultOf"/>.</remarks>
    public static async Task<int> RunAsync(string[] args)
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
        builder.AddOrderlyTelemetry("orderly-api");
        builder.AddOrderly();
        builder.Services.AddHttpInterface();
        configure?.Invoke(builder.Services);

        var app = builder.Build();

        // Before anything starts: the host would log what is wrong with a stack.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        OpenFiles.TellConnections(app.Services.GetRequiredService<IOptions<Limits>>().Value, app.Logger);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.Use(Conditions.RefuseUnknownAsync);
        app.UseOpenApi();

        app.MapHealth();
        var v1 = app.MapGroup("/v1");
        v1.MapCustomers();
        v1.MapProducts();
        v1.MapOrders();
        v1.MapSales();
        v1.MapHistory();
        v1.MapProjections();
        return app;
    }

    private static void AddHttpInterface(this IServiceCollection services)
    {
        services.AddOptions<Limits>().BindConfiguration(Limits.Section).ValidateDataAnnotations()
            .Validate(_ => OpenFiles.Limit > OpenFiles.Kept, OpenFiles.TooFew)
            .ValidateOnStart();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<Limits>>(Limit);
        services.AddRateLimiter(_ => { }).AddOptions<RateLimiterOptions>().Configure<IOptions<Limits>>(Limit);
        services.AddRequestTimeouts(_ => { }).AddOptions<RequestTimeoutOptions>().Configure<IOptions<Limits>>(Limit);
        services.Configure<RouteOptions>(options =>
        {
            options.SetParameterPolicy<IdConstraint>("entity-id");
            options.SetParameterPolicy<SkuConstraint>("sku");
            options.SetParameterPolicy<StreamConstraint>("stream");
        });
        services.AddSingleton<OrderHistory>();
        services.AddSingleton<Readiness>();
        services.AddOpenApiDocument();
    }

    private static void Limit(KestrelServerOptions kestrel, IOptions<Limits> limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = OpenFiles.ConnectionsOf(limits.Value);
    }

    private static void Limit(RateLimiterOptions options, IOptions<Limits> limits)
    {
        var window = new FixedWindowRateLimiterOptions { PermitLimit = limits.Value.RequestsPerSecond, Window = TimeSpan.FromSeconds(1) };
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
            http => RateLimitPartition.GetFixedWindowLimiter(http.Connection.RemoteIpAddress ?? IPAddress.None, _ => window));
        options.OnRejected = (rejected, _) =>
        {
            var pause = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : window.Window;
            var detail = string.Create(CultureInfo.InvariantCulture, $"At most {window.PermitLimit} requests a second are answered.");
            return new ValueTask(new Problem(ProblemType.RateLimited, detail) { RetryAfter = pause }.ExecuteAsync(rejected.HttpContext));
        };
    }

    private static void Limit(RequestTimeoutOptions options, IOptions<Limits> limits)
        => options.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = TimeSpan.FromSeconds(limits.Value.RequestSeconds),
            TimeoutStatusCode = ProblemType.Timeout.Status,
            WriteTimeoutResponse = http
                => new Problem(ProblemType.Timeout, Problem.MayHaveTakenEffect) { RetryAfter = TimeSpan.FromSeconds(1) }.ExecuteAsync(http),
        };
}
