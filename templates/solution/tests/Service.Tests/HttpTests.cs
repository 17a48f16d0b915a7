using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Api;

namespace Orderly.Service.Tests;

/// <summary>The whole service on a port of its own, with stores in a folder of its own.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orderly-").FullName;
    private readonly HttpClient _client = new();
    private readonly WebApplication _app;

    public HttpTests() => _app = ApiHost.Build(
        ["--urls", "http://127.0.0.1:0", "--Orderly:DataDirectory", _directory, "--Logging:LogLevel:Default", "Warning"]);

    public async Task InitializeAsync()
    {
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        _client.BaseAddress = new Uri(addresses.Single());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_was_written_is_read()
    {
        using var opened = await _client.PostAsync(
            new Uri("/v1/tickets", UriKind.Relative), JsonContent.Create(new { ticketId = "t-1", subject = "It does not print" }));
        Assert.Equal(HttpStatusCode.Created, opened.StatusCode);

        // The view is waited for until it holds the event.
        using var request = new HttpRequestMessage(HttpMethod.Get, opened.Headers.Location);
        request.Headers.Add("Min-Log-Position", opened.Headers.GetValues("Log-Position"));
        request.Headers.Add("Prefer", "wait=30");
        using var read = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        var ticket = await read.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("It does not print", ticket.GetProperty("subject").GetString());
        Assert.Equal("open", ticket.GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_can_t_be_done_is_refused()
    {
        using var closed = await _client.PostAsync(
            new Uri("/v1/tickets/t-2/closing", UriKind.Relative), JsonContent.Create(new { reason = "It prints." }));
        Assert.Equal(HttpStatusCode.NotFound, closed.StatusCode);
    }

    [Fact]
    public async Task The_interface_is_documented()
    {
        var document = await _client.GetFromJsonAsync<JsonElement>(new Uri("/swagger/v1/swagger.json", UriKind.Relative));
        Assert.True(document.GetProperty("paths").TryGetProperty("/v1/tickets", out _));
    }
}
