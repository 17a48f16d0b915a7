using Orderly.Domain;

namespace Orderly.Processes.Checks;

/// <summary>
/// A customer's session windows: orders that follow one another in less than the gap are one session, by their own times. An order that
/// comes late joins the session of its time, and joins two into one where it closes the gap between them.
/// </summary>
/// <param name="Sessions">In the order of time.</param>
public sealed record FraudSessions(IReadOnlyList<FraudSession> Sessions)
{
    /// <summary>A session that ended so many gaps before the newest one is forgotten: nothing that late is expected.</summary>
    private const int KeptGaps = 24;

    public static FraudSessions None { get; } = new([]);

    /// <summary>With one more order.</summary>
    /// <param name="at">When it was placed.</param>
    public FraudSessions With(DateTimeOffset at, Money total, TimeSpan gap)
    {
        var touched = Sessions.Where(session => at - session.To < gap && session.From - at < gap).ToList();
        var joined = touched.Aggregate(
            new FraudSession(at, at, [total]),
            (one, other) => new FraudSession(
                one.From < other.From ? one.From : other.From, one.To > other.To ? one.To : other.To, Sum(one.Totals, other.Totals)));
        List<FraudSession> all = [.. Sessions.Except(touched).Append(joined).OrderBy(session => session.From)];
        return new FraudSessions([.. all.Where(session => session == joined || all[^1].To - session.To < gap * KeptGaps)]);
    }

    /// <summary>What was ordered in the session of that time, in a currency.</summary>
    public decimal SumAt(DateTimeOffset at, string currency)
        => Sessions.FirstOrDefault(session => session.From <= at
            && at <= session.To)?.Totals.FirstOrDefault(total => total.Currency == currency)?.Amount ?? 0;

    private static IReadOnlyList<Money> Sum(IReadOnlyList<Money> totals, IReadOnlyList<Money> others)
        => [.. totals.Concat(others).GroupBy(
            total => total.Currency, (currency, ofIt) => new Money(ofIt.Sum(total => total.Amount), currency))
            .OrderBy(total => total.Currency, StringComparer.Ordinal)];
}

/// <param name="From">The time of its first order.</param>
/// <param name="To">The time of its last order.</param>
/// <param name="Totals">What was ordered, by currency.</param>
public sealed record FraudSession(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<Money> Totals);
