using Orderly.Domain;

namespace Orderly.Processes;

/// <summary>The rules that the processes keep: <c>Orderly:Processes</c>.</summary>
public sealed record ProcessOptions
{
    /// <summary>
    /// A customer's orders within one session must stay under it together, in a currency with two decimals that
    /// <see cref="FraudLimits"/> does not name. In one with others, it is as many of the smallest units: 2,000 EUR, 200,000 JPY, 200 KWD.
    /// </summary>
    public decimal FraudLimit { get; init; } = 2_000;

    /// <summary>The limits of single currencies, by their codes.</summary>
    public IReadOnlyDictionary<string, decimal> FraudLimits { get; init; } = new Dictionary<string, decimal>();

    /// <summary>How long a customer must order nothing for a session to be over, by the times of the orders; at most 30 days.</summary>
    public TimeSpan FraudSessionGap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How many orders a customer may have at once that are not paid, since each holds stock. A further one is declined. From 1 to 10,000.
    /// </summary>
    public int MaxUnpaidOrders { get; init; } = 100;

    /// <summary>
    /// How long the checks of an order may take before it is rejected; at most 365 days, or <see cref="Timeout.InfiniteTimeSpan"/>: never.
    /// </summary>
    public TimeSpan CheckDeadline { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after its confirmation an order must be paid; otherwise it is cancelled. At most 365 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>: it is never cancelled, and <see cref="MaxUnpaidOrders"/> alone bounds what it holds.
    /// </summary>
    public TimeSpan PaymentDeadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>When something is due, in milliseconds since 1970; what is due never is due at the end of time.</summary>
    internal static long DueAfter(DateTimeOffset at, TimeSpan deadline)
        => (deadline == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : at + deadline).ToUnixTimeMilliseconds();

    /// <summary>The limit of a session in a currency.</summary>
    public decimal FraudLimitOf(string currency)
    {
        const int Usual = 2;
        if (FraudLimits.TryGetValue(currency, out var limit))
        {
            return limit;
        }

        limit = FraudLimit;
        for (var decimals = Currencies.DecimalsOf(currency); decimals < Usual; decimals++)
        {
            limit *= 10;
        }

        for (var decimals = Currencies.DecimalsOf(currency); decimals > Usual; decimals--)
        {
            limit /= 10;
        }

        return limit;
    }
}
