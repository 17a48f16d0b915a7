using System.Net;
using Microsoft.AspNetCore.Builder;
using Orderly.Hosting;

namespace Orderly.Api.Tests.Access;

/// <summary>Where a service that asks nobody who they are listens.</summary>
public sealed class OpenServiceTests
{
    [Theory]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--urls=http://*:0")]
    [InlineData("--urls=http://[::]:0")]
    [InlineData("--urls=http://127.0.0.1:0;http://example.com:0")]
    [InlineData("--urls=http://192.0.2.7:0")]
    [InlineData("--http_ports=0")]
    [InlineData("--Kestrel:Endpoints:Http:Url=http://+:0")]
    public void Without_a_word_about_callers_it_does_not_leave_the_machine(string address)
    {
        var fault = Assert.Throws<StartFailedException>(() => Build(address));
        Assert.Contains("Orderly:Authentication", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--urls=http://localhost:0")]
    [InlineData("--urls=http://127.0.0.1:0")]
    [InlineData("--urls=http://[::1]:0")]
    [InlineData("--urls=http://0.0.0.0:0", "--Orderly:Authentication:Mode=Open")]
    [InlineData("--urls=http://0.0.0.0:0", "--Orderly:Authentication:Mode=Required")]
    [InlineData("--urls=http://0.0.0.0:0", "--Orderly:Authentication:Issuers:0:Authority=https://id.example.com")]
    public async Task It_listens_on_this_machine_or_where_the_settings_say_so(params string[] settings)
    {
        await using var app = Build(settings);
        Assert.NotNull(app);
    }

    [Theory]
    [InlineData("--Orderly:Authentication:Issuers:0:Authority=http://id.example.com", "Authority")]
    [InlineData("--Orderly:Authentication:Issuers:0:Authority=nothing", "Authority")]
    [InlineData("--Orderly:Authentication:Mode=Sometimes", "Mode")]
    [InlineData("--Orderly:Authentication:Roles:boss=king", "Roles")]
    public void Settings_that_can_t_work_keep_it_from_starting(string setting, string name)
    {
        var fault = Assert.ThrowsAny<Exception>(() => Build(setting));
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_issuers_it_wants_an_API_key()
    {
        await using var api = await RunningApi.StartAsync(settings: ["--Orderly:Authentication:Mode", "Required"]);
        (await api.GetAsync("/v1/orders")).IsProblem(401, "unauthenticated");
        (await api.GetAsync("/health/live")).IsStatus(HttpStatusCode.OK);
    }

    private static WebApplication Build(params string[] settings)
        => ApiHost.Build([.. settings, "--Orderly:DataDirectory", Path.Combine(Path.GetTempPath(), $"orderly-{Guid.NewGuid():N}")]);
}
