using System.Net;
using Orderly.Hosting;

namespace Orderly.Api.Access;

/// <summary>
/// Keeps a service that asks nobody who they are from other machines, unless the settings say that it is meant so.
/// </summary>
internal static partial class OpenService
{
    /// <summary>Looks at the addresses that the settings name, before the service listens.</summary>
    /// <exception cref="StartFailedException">Other machines could reach it.</exception>
    public static void Check(WebApplication app)
    {
        var options = app.Services.GetRequiredService<OrderlyOptions>().Authentication;
        if (options.IsRequired)
        {
            return;
        }

        if (options.Mode is null && AddressesIn(app.Configuration).FirstOrDefault(address => !IsOfThisMachine(address)) is { } reachable)
        {
            throw new StartFailedException(
                $"The service asks nobody who they are, so it does not listen at '{reachable}', where other machines reach it. Name who "
                + "vouches for callers (Orderly:Authentication:Issuers:0:Authority, docs/security.md); or say that everybody may do "
                + "everything (Orderly:Authentication:Mode=Open).");
        }

        LogOpen(app.Logger);
    }

    private static IEnumerable<string> AddressesIn(IConfiguration settings)
    {
        var endpoints = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(one => one["Url"]).OfType<string>().ToList();
        if (endpoints.Count > 0)
        {
            return endpoints;
        }

        string[] Listed(string key)
            => settings[key]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

        return Listed(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } urls ? urls
            : Listed(WebHostDefaults.HttpPortsKey).Concat(Listed(WebHostDefaults.HttpsPortsKey)).Select(port => $"http://*:{port}");
    }

    private static bool IsOfThisMachine(string address)
    {
        try
        {
            var bound = BindingAddress.Parse(address);
            return bound.IsUnixPipe || bound.IsNamedPipe || bound.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(bound.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
        }
        catch (FormatException)
        {
            // The server says better what is wrong with it.
            return true;
        }
    }

    [LoggerMessage(
        4033, LogLevel.Warning, "The service is open: it asks nobody who they are, and everybody who reaches it may do everything.")]
    private static partial void LogOpen(ILogger logger);
}
