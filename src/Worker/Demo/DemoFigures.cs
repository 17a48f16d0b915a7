using System.Collections.Concurrent;

namespace Orderly.Worker.Demo;

/// <summary>How long something took, in buckets that are 5 % wide: however many there are, the memory is the same. Safe for concurrent use.</summary>
internal sealed class Latencies
{
    private const double Width = 1.05;
    private const int Buckets = 320;

    private readonly long[] _counts = new long[Buckets];
    private long _longest;

    public long Count => _counts.Sum();

    public void Add(TimeSpan time)
    {
        // From 0.1 ms to about ten minutes.
        var bucket = (int)Math.Ceiling(Math.Log(Math.Max(1, time.TotalMilliseconds * 10), Width));
        Interlocked.Increment(ref _counts[Math.Min(bucket, Buckets - 1)]);
        for (var longest = Volatile.Read(ref _longest); time.Ticks > longest;)
        {
            var found = Interlocked.CompareExchange(ref _longest, time.Ticks, longest);
            if (found == longest)
            {
                break;
            }

            longest = found;
        }
    }

    public DemoLatency Report()
    {
        var longest = TimeSpan.FromTicks(Volatile.Read(ref _longest)).TotalMilliseconds;
        return new DemoLatency(Percentile(0.5), Percentile(0.95), Percentile(0.99), Math.Round(longest, 1));

        double Percentile(double share)
        {
            var rank = (long)Math.Ceiling(Count * share);
            for (var bucket = 0; bucket < Buckets; bucket++)
            {
                if ((rank -= _counts[bucket]) <= 0)
                {
                    return Math.Round(Math.Min(Math.Pow(Width, bucket) / 10, longest), 1);
                }
            }

            return 0;
        }
    }
}

/// <summary>In milliseconds, to 5 %; <paramref name="Max"/> is exact.</summary>
internal sealed record DemoLatency(double P50, double P95, double P99, double Max);

/// <summary>The requests of one kind.</summary>
/// <param name="Accepted">With those that were answered from the log, since they had been sent before.</param>
/// <param name="Refused">Answered with 409: too late, or not yet.</param>
internal sealed record DemoRequests(string Kind, long Accepted, long Refused, DemoLatency Milliseconds);

/// <summary>What became of the orders with one flaw, or none.</summary>
internal sealed record DemoOutcomes(DemoFlaw Flaw, IReadOnlyDictionary<string, long> Orders);

/// <summary>What a demo has done.</summary>
/// <param name="Prefix">What the ids of its customers and orders begin with.</param>
/// <param name="Validation">From an order's acceptance to the answer that it is confirmed or rejected.</param>
/// <param name="Retries">How often a request was sent again, by reason.</param>
/// <param name="Problems">Answers that a shop does not expect, by what they say.</param>
internal sealed record DemoReport(
    string Prefix,
    double Seconds,
    double OrdersPerSecond,
    IReadOnlyList<DemoOutcomes> Outcomes,
    IReadOnlyList<DemoRequests> Requests,
    DemoLatency Validation,
    IReadOnlyDictionary<string, long> Retries,
    IReadOnlyDictionary<string, long> Problems);

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
        [.. _outcomes.GroupBy(one => one.Key.Flaw).OrderBy(flaw => flaw.Key).Select(flaw => new DemoOutcomes(flaw.Key, Sorted(flaw.Select(one => (one.Key.Outcome, one.Value)))))],
        [.. _requests.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => new DemoRequests(one.Key, one.Value.Accepted.Count, one.Value.Refused.Value, one.Value.Accepted.Report()))],
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
