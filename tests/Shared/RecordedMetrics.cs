using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Orderly.Tests;

/// <summary>The measurements of Orderly's meters while it listens, those of the whole process.</summary>
public sealed class RecordedMetrics : IDisposable
{
    private readonly ConcurrentQueue<Measured> _measured = [];
    private readonly MeterListener _listener = new();

    public RecordedMetrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Orderly")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The measurements of an instrument in their order, each as <c>value tag=value</c>, its tags by name.</summary>
    public IReadOnlyList<string> Of(string instrument)
        => [.. _measured.Where(one => one.Instrument == instrument).Select(one => one.ToString())];

    /// <summary>The values of an instrument in their order.</summary>
    public IReadOnlyList<double> ValuesOf(string instrument)
        => [.. _measured.Where(one => one.Instrument == instrument).Select(one => one.Value)];

    /// <summary>Asks the observable instruments.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        => _measured.Enqueue(new Measured(
            instrument.Name,
            value,
            string.Concat(tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $" {tag.Key}={tag.Value}"))));

    private sealed record Measured(string Instrument, double Value, string Tags)
    {
        public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Value}{Tags}");
    }
}
