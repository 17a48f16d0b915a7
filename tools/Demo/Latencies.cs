namespace Orderly.Demo;

/// <summary>
/// How long something took, in buckets that are 5 % wide: however many there are, the memory is the same. Safe for concurrent use.
/// </summary>
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
