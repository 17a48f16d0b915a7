using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Orderly.Hosting;

/// <summary>
/// Logs that telemetry can't be sent. OpenTelemetry says so only to listeners of its event source, and a collector that was
/// never reached looks like a service that does nothing. At most once a minute: the exporter tries more often.
/// </summary>
internal sealed partial class ExportFaults(ILogger<ExportFaults> logger, TimeProvider time) : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private long _last;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        var (now, last) = (time.GetTimestamp(), Volatile.Read(ref _last));
        if ((last == 0 || time.GetElapsedTime(last, now) >= s_pause) && Interlocked.CompareExchange(ref _last, now, last) == last)
        {
            LogFault(logger, Describe(eventData));
        }
    }

    /// <summary>The first line: the others are a stack.</summary>
    private static string Describe(EventWrittenEventArgs eventData)
        => string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload ?? []])
            .Split('\n', 2)[0].TrimEnd();

    [LoggerMessage(3101, LogLevel.Warning, "Telemetry could not be sent. {Fault}")]
    private static partial void LogFault(ILogger logger, string fault);
}
