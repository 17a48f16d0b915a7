using System.Globalization;
using Orderly.Hosting;

namespace Orderly.Api;

/// <summary>
/// How many files this process may have open. Connections are files too: without a limit that follows it, idle clients would keep the
/// stores from opening theirs.
/// </summary>
internal static partial class OpenFiles
{
    /// <summary>Files that are not for clients: those of the runtime, and those or the connections of stores, mail and telemetry.</summary>
    public const int Kept = 384;

    public static readonly string TooFew = string.Create(
        CultureInfo.InvariantCulture,
        $"The process may have too few files open: {Kept} are kept for its stores, and clients need some. Raise the limit (ulimit -n).");

    /// <summary>Where the system does not say: the most that .NET gets on macOS.</summary>
    private const int Elsewhere = 10_240;

    private const string LimitsFile = "/proc/self/limits";

    /// <summary>The soft limit, which .NET has raised to the hard one.</summary>
    public static int Limit { get; } = File.Exists(LimitsFile) ? Parse(File.ReadLines(LimitsFile)) : Elsewhere;

    /// <summary>How many connections there can be at the same time: as many as the settings say, and the files allow.</summary>
    public static int ConnectionsOf(LimitOptions limits) => Math.Min(limits.Connections, Limit - Kept);

    /// <summary>Logs how many these are, and why.</summary>
    public static void TellConnections(LimitOptions limits, ILogger logger)
        => LogConnections(logger, ConnectionsOf(limits), limits.Connections, Limit, Kept);

    /// <summary>Reads the soft limit out of <c>/proc/PID/limits</c> (proc_pid_limits(5)).</summary>
    /// <returns><see cref="int.MaxValue"/> when it is unlimited.</returns>
    private static int Parse(IEnumerable<string> lines)
    {
        const string Name = "Max open files";
        var soft = lines.First(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }

    [LoggerMessage(
        4020, LogLevel.Information,
        "At most {Connections} connections at the same time: the setting is {Setting}; of {Files} open files {Kept} are not for clients.")]
    private static partial void LogConnections(ILogger logger, int connections, int setting, int files, int kept);
}
