using System.Net;
using Orderly.Processes.Tests.Email;

namespace Orderly.Api.Tests;

/// <summary>A shop whose messages go to a mail server of the tests.</summary>
internal static class MailShop
{
    public static Task<RunningApi> StartAsync(MailServer server, params string[] settings)
        => RunningApi.StartWithProcessesAsync(null, null, [.. SettingsOf(server), .. settings]);

    public static string[] SettingsOf(MailServer server)
        =>
        [
            "--Orderly:Email:Smtp:Host=127.0.0.1", $"--Orderly:Email:Smtp:Port={server.Port}", "--Orderly:Email:Smtp:Security=None",
            "--Orderly:Email:FromAddress=orders@shop.example.com",
        ];

    public static async Task<Shop> OpenAsync(RunningApi api)
    {
        var shop = new Shop(api);
        await shop.OpenAsync("ann", ("TEA-1", 1_000));
        await api.DoAsync(
            "/v1/customers", Bodies.Customer("bob").Replace("ann@example.com", "bob@example.com", StringComparison.Ordinal));
        return shop;
    }

    public static async Task<IReadOnlyList<string>> EventsAsync(RunningApi api, string order)
    {
        var answer = await api.GetAsync($"/v1/history/emails-{order}");
        return answer.Status == HttpStatusCode.NotFound
            ? []
            : [.. answer.IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!["type"]!.GetValue<string>())];
    }

    public static async Task AssertNothingParkedAsync(RunningApi api)
        => Assert.All(
            (await api.GetAsync("/v1/projections")).IsStatus(HttpStatusCode.OK).Json["items"]!.AsArray(),
            item => Assert.Equal(0, item!["parked"]!.GetValue<int>()));

    public static string OrderOf(string content)
        => content.Split("\r\n").Single(line => line.StartsWith("Subject: ", StringComparison.Ordinal)).Split(' ')[3];
}
