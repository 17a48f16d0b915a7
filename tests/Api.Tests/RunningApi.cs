using System.Net;
using System.Text;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>The whole service on a port of its own, with stores in a folder of its own.</summary>
public sealed class RunningApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DocumentedResponses _handler;

    private RunningApi(WebApplication app, string directory, Uri address)
    {
        (_app, Directory, Address) = (app, directory, address);
        _handler = new DocumentedResponses(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 2000,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,

            // The client is somewhere else: what the service traces of this process's calls is no part of what it sends.
            ActivityHeadersPropagator = null,
        });
        Client = new HttpClient(_handler) { BaseAddress = address, Timeout = Wait.Limit };
    }

    public string Directory { get; }

    public Uri Address { get; }

    /// <summary>Refuses every answer that the OpenAPI document does not list.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts it without the processes: orders stay as the test makes them.</summary>
    /// <param name="directory">Where the stores are; null: in a new folder.</param>
    /// <param name="configure">Changes what is registered.</param>
    /// <param name="settings">Command line arguments.</param>
    public static Task<RunningApi> StartAsync(
        string? directory = null, Action<IServiceCollection>? configure = null, params string[] settings)
    {
        string[] views =
            [
                "order-details", "customer-overview", "customer-search", "stock-levels", "bought-together", "order-search", "sales",
                "api-keys",
            ];
        return StartWithProcessesAsync(
            directory, configure, [.. settings, .. views.Select((view, index) => $"--Orderly:Only:{index}={view}")]);
    }

    /// <summary>
    /// Starts it with everything that it has. A slow machine has no order rejected and no request broken off, unless the settings
    /// say otherwise.
    /// </summary>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task<RunningApi> StartWithProcessesAsync(
        string? directory = null, Action<IServiceCollection>? configure = null, params string[] settings)
    {
        directory ??= System.IO.Directory.CreateTempSubdirectory("orderly-api-").FullName;
        var app = ApiHost.Build(
            [
                "--urls", "http://127.0.0.1:0", "--Orderly:DataDirectory", directory, "--Logging:LogLevel:Default", "Warning",
                "--Orderly:Processes:CheckDeadline", "01:00:00", "--Orderly:Limits:RequestSeconds", "3600",
                "--Orderly:Stores:CommandTimeout", "01:00:00", .. settings,
            ],
            configure);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new RunningApi(app, directory, new Uri(address));
    }

    /// <summary>Stops the service and leaves its folder.</summary>
    public async Task StopAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>Waits until every view and every process has taken in the whole log, so that none has anything left to do.</summary>
    /// <remarks>
    /// The log's end is read after the positions: a process appends before its position moves, so that end includes what it appended.
    /// </remarks>
    /// <returns>The log's end.</returns>
    public async Task<LogPosition> AtRestAsync()
    {
        List<string> names = [.. Services.GetServices<IProjectionWorker>().Select(worker => worker.View.Name)];
        var head = LogPosition.Start;
        await Wait.UntilAsync(async () =>
        {
            var generations = await Services.GetRequiredService<IViewStore>().ReadGenerationsAsync(CancellationToken.None);
            head = await HeadAsync();
            return names.TrueForAll(name => generations.Any(one => one.View == name && one.IsLive && one.Position >= head.Value));
        });
        return head;
    }

    public Task<LogPosition> HeadAsync() => Services.GetRequiredService<IEventStore>().ReadHeadAsync(CancellationToken.None);

    /// <summary>A command that no client can send, such as a process's.</summary>
    public async Task<CommandResult.Accepted> CommandAsync(Func<CommandContext, IRequest<CommandResult>> command)
    {
        var context = CommandContext.ForRequest(Guid.NewGuid(), "test", DateTimeOffset.UtcNow);
        return Assert.IsType<CommandResult.Accepted>(await Services.GetRequiredService<IMediator>().Send(command(context)));
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers)
        => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Reads once the view has come to a position, however long that takes.</summary>
    public Task<Answer> ReadAsync(string path, string position, params (string Name, string Value)[] headers)
        => PatientAsync(path, [("Min-Log-Position", position), ("Prefer", "wait=30"), .. headers]);

    /// <summary>Waits until it says that it is ready; a store that takes long to answer makes it say otherwise.</summary>
    public async Task<Answer> ReadyAsync()
    {
        Answer? answer = null;
        await Wait.UntilAsync(async () => (answer = await GetAsync("/health/ready")).Status == HttpStatusCode.OK);
        return answer!;
    }

    /// <summary>Asks again as long as the answer is that the time to wait is over.</summary>
    public async Task<Answer> PatientAsync(string path, params (string Name, string Value)[] headers)
    {
        Answer? answer = null;
        await Wait.UntilAsync(async () => (answer = await GetAsync(path, headers)).Status != HttpStatusCode.GatewayTimeout);
        return answer!;
    }

    public Task<Answer> PostAsync(string path, string? json, params (string Name, string Value)[] headers)
        => SendAsync(HttpMethod.Post, path, Json(json), headers);

    public Task<Answer> PutAsync(string path, string? json, params (string Name, string Value)[] headers)
        => SendAsync(HttpMethod.Put, path, Json(json), headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await Client.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Sends it and expects that it succeeds.</summary>
    public async Task<Answer> DoAsync(string path, string? json)
    {
        var answer = await PostAsync(path, json);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, $"{path}: {answer.Body}");
        return answer;
    }

    private static StringContent? Json(string? json) => json is null ? null : new StringContent(json, null, "application/json");
}
