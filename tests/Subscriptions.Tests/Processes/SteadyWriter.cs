using System.Globalization;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>Appends events all the time, each to some of a fixed number of counters, and knows what they come to.</summary>
internal sealed class SteadyWriter(Engine engine, int counters)
{
    private const int Streams = 20;
    private const int EventsPerAppend = 500;

    private readonly Random _random = new(20261121);
    private readonly Dictionary<string, Counter> _written = [];

    /// <summary>The names of the counters.</summary>
    public IReadOnlyList<string> Counters { get; } =
        [.. Enumerable.Range(0, counters).Select(i => string.Create(CultureInfo.InvariantCulture, $"c-{i:00}"))];

    /// <summary>What all events that were written come to, as version 1 counts.</summary>
    public IReadOnlyDictionary<string, Counter> Written => _written;

    /// <summary>How many events were written.</summary>
    public int Events { get; private set; }

    /// <summary>Writes many events at once; the very first one adds to every counter.</summary>
    public async Task WriteAsync(int events)
    {
        for (; events > 0; events -= EventsPerAppend)
        {
            await engine.AppendAsync(Stream(), [.. Enumerable.Range(0, Math.Min(events, EventsPerAppend)).Select(_ => Next())]);
        }
    }

    /// <summary>Writes one event after the other until cancelled, with a pause after each.</summary>
    public async Task WriteAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await engine.AppendAsync(Stream(), Next());
            await Task.Delay(pause, CancellationToken.None);
        }
    }

    private string Stream() => string.Create(CultureInfo.InvariantCulture, $"counting-{_random.Next(Streams)}");

    private Domain.EventStore.NewEvent Next()
    {
        string[] names = Events++ == 0
            ? [.. Counters]
            : [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Counters[_random.Next(Counters.Count)]).Distinct()];
        var amount = _random.Next(1, 100);
        foreach (var name in names)
        {
            var before = _written.GetValueOrDefault(name, new Counter(0, 0));
            _written[name] = new Counter(before.Events + 1, before.Sum + amount);
        }

        return Event(amount, names);
    }
}
