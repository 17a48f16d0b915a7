using System.Reflection;

namespace Orderly.Api;

/// <summary>What the program prints when it is asked what it is, instead of starting.</summary>
internal static class ApiHelp
{
    private const string Usage = $"""
        Orderly's HTTP API.

        Usage: Orderly.Api [--SETTING=VALUE ...]

          --urls=http://HOST:PORT             where to listen ({ApiHost.DefaultAddress})
          --Orderly:DataDirectory=PATH        the folder of the embedded stores (./data)
          --Orderly:EventStore=EventStoreDb   the log on a server; ConnectionStrings:EventStoreDb says where
          --Orderly:Views=MongoDb             the views on a server; ConnectionStrings:MongoDb says where
          --Orderly:Workers=Separate          the views and processes are kept by 'worker run'
          --help, --version                   print this, or the version, and end

        Settings may also be in appsettings.json beside the program, or in the environment: Orderly__DataDirectory.
        All of them are in docs/settings.md. The service shows its interface at /swagger.
        """;

    /// <summary>The answer; null when the program is to start.</summary>
    public static string? AnswerTo(IReadOnlyList<string> args)
        => args.Any(arg => arg is "--help" or "-h" or "-?") ? Usage
            : args.Contains("--version") ? Version
            : null;

    private static string Version
        => typeof(ApiHelp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
