using System.Globalization;
using System.Net;
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
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
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
        services.AddOptions<Limits>().BindConfiguration(Limits.Section).ValidateDataAnnotations().ValidateOnStart();
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
        kestrel.Limits.MaxConcurrentConnections = limits.Value.Connections;
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
