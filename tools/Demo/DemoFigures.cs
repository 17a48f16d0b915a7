using System.Collections.Concurrent;

namespace Orderly.Demo;

/// <summary>Counts what happens. Safe for concurrent use.</summary>
internal sealed class DemoFigures
{
    private readonly ConcurrentDictionary<string, (Latencies Accepted, Counter Refused)> _requests = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(DemoFlaw Flaw, string Outcome), Counter> _outcomes = new();
    private readonly ConcurrentDictionary<string, Counter> _retries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Counter> _problems = new(StringComparer.Ordinal);
    private long _placed;

    /// <summary>Orders that were accepted.</summary>
    public long Placed => Volatile.Read(ref _placed);

    public Latencies Validation { get; } = new();

    /// <summary>Whether every answer was one that a shop expects.</summary>
    public bool HasProblems => !_problems.IsEmpty;

    public void Accept(string kind, TimeSpan time) => Of(kind).Accepted.Add(time);

    public void Refuse(string kind) => Of(kind).Refused.Add();

    public void Retry(string reason) => _retries.GetOrAdd(reason, _ => new Counter()).Add();

    public void Problem(string what) => _problems.GetOrAdd(what, _ => new Counter()).Add();

    public void Place() => Interlocked.Increment(ref _placed);

    /// <summary>An order is as far as it gets.</summary>
    public void End(DemoFlaw flaw, string outcome) => _outcomes.GetOrAdd((flaw, outcome), _ => new Counter()).Add();

    public long Ended(string outcome) => _outcomes.Where(one => one.Key.Outcome == outcome).Sum(one => one.Value.Value);

    public DemoReport Report(string prefix, TimeSpan elapsed, TimeSpan placing) => new(
        prefix,
        Math.Round(elapsed.TotalSeconds, 1),
        placing > TimeSpan.Zero ? Math.Round(Placed / placing.TotalSeconds, 1) : 0,
        [
            .. _outcomes.GroupBy(one => one.Key.Flaw).OrderBy(flaw => flaw.Key)
                .Select(flaw => new DemoOutcomes(flaw.Key, Sorted(flaw.Select(one => (one.Key.Outcome, one.Value))))),
        ],
        [
            .. _requests.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => new DemoRequests(
                one.Key, one.Value.Accepted.Count, one.Value.Refused.Value, one.Value.Accepted.Report())),
        ],
        Validation.Report(),
        Sorted(_retries.Select(one => (one.Key, one.Value))),
        Sorted(_problems.Select(one => (one.Key, one.Value))));

    private (Latencies Accepted, Counter Refused) Of(string kind) => _requests.GetOrAdd(kind, _ => (new Latencies(), new Counter()));

    private static SortedDictionary<string, long> Sorted(IEnumerable<(string Name, Counter Count)> counts)
        => new(counts.ToDictionary(one => one.Name, one => one.Count.Value), StringComparer.Ordinal);

    private sealed class Counter
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Add() => Interlocked.Increment(ref _value);
    }
}
