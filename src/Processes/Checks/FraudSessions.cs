using System.Text.Json.Serialization;
using Orderly.Domain;

namespace Orderly.Processes.Checks;

/// <summary>
/// A customer's session windows: orders that follow one another in less than the gap are one session, by their own times. An order that
/// comes late joins the session of its time, and joins two into one where it closes the gap between them.
/// </summary>
/// <param name="Sessions">Of the orders that were confirmed or cancelled, in the order of time.</param>
public sealed record FraudSessions(IReadOnlyList<FraudSession> Sessions)
{
    /// <summary>A session that ended so many gaps before the newest one is forgotten: nothing that late is expected.</summary>
    private const int KeptGaps = 24;

    public static FraudSessions None { get; } = new([]);

    /// <summary>Orders that are not decided yet, as the log has them: a rejection takes them out again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UndecidedOrder>? Undecided { get; init; }

    /// <summary>How many orders are placed or confirmed and not paid.</summary>
    public long Unpaid { get; init; }

    /// <summary>With one more order that counts, whatever comes.</summary>
    /// <param name="at">When it was placed.</param>
    public FraudSessions With(DateTimeOffset at, Money total, TimeSpan gap)
    {
        var touched = Sessions.Where(session => at - session.To < gap && session.From - at < gap).ToList();
        var joined = touched.Aggregate(
            new FraudSession(at, at, [total]),
            (one, other) => new FraudSession(
                one.From < other.From ? one.From : other.From, one.To > other.To ? one.To : other.To, Sum(one.Totals, other.Totals)));
        List<FraudSession> all = [.. Sessions.Except(touched).Append(joined).OrderBy(session => session.From)];
        return this with { Sessions = [.. all.Where(session => session == joined || all[^1].To - session.To < gap * KeptGaps)] };
    }

    /// <summary>With one more order, which is not decided yet.</summary>
    /// <param name="maxUnpaid">The most orders that may be unpaid: one more is only counted, since it is declined.</param>
    public FraudSessions Placed(UndecidedOrder order, int maxUnpaid)
        => this with { Unpaid = Unpaid + 1, Undecided = Unpaid < maxUnpaid ? [.. Undecided ?? [], order] : Undecided };

    /// <summary>An order is decided: it counts from now on, or it never did.</summary>
    public FraudSessions Decided(string orderId, bool counts, TimeSpan gap)
    {
        if (Undecided?.FirstOrDefault(order => order.OrderId == orderId) is not { } decided)
        {
            return this;
        }

        List<UndecidedOrder> others = [.. Undecided.Where(order => order != decided)];
        var rest = this with { Undecided = others.Count > 0 ? others : null };
        return counts ? rest.With(decided.PlacedAt, decided.Total, gap) : rest;
    }

    /// <summary>An order that was not paid is paid, or never will be.</summary>
    public FraudSessions Closed() => this with { Unpaid = Math.Max(0, Unpaid - 1) };

    /// <summary>As if every order that is not decided yet were confirmed.</summary>
    public FraudSessions WithUndecided(TimeSpan gap)
        => (Undecided ?? []).Aggregate(this, (all, order) => all.With(order.PlacedAt, order.Total, gap));

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

/// <summary>An order that is neither confirmed nor rejected nor cancelled.</summary>
public sealed record UndecidedOrder(string OrderId, DateTimeOffset PlacedAt, Money Total);
