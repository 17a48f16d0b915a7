using System.ComponentModel.DataAnnotations;
using Orderly.Domain;

namespace Orderly.Processes;

/// <summary>The rules that the processes keep. All workers must have the same ones.</summary>
public sealed record ProcessOptions
{
    /// <summary>
    /// A customer's orders within one session must stay under it together, in a currency with two decimals that
    /// <see cref="FraudLimits"/> does not name. In one with others, it is as many of the smallest units: 2,000 EUR, 200,000 JPY, 200 KWD.
    /// </summary>
    [Range(typeof(decimal), "0", "79228162514264337593543950335", MinimumIsExclusive = true)]
    public decimal FraudLimit { get; init; } = 2_000;

    /// <summary>The limits of single currencies by their ISO 4217 codes, such as <c>FraudLimits:JPY</c>; more than 0.</summary>
    public IReadOnlyDictionary<string, decimal> FraudLimits { get; init; } = new Dictionary<string, decimal>();

    /// <summary>How long a customer must order nothing for a session to be over, by the times of the orders.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan FraudSessionGap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many orders a customer may have at once that are not paid, since each holds stock. A further one is declined.</summary>
    [Range(1, 10_000)]
    public int MaxUnpaidOrders { get; init; } = 100;

    /// <summary>How long the checks of an order may take before it is rejected.</summary>
    [OrNever]
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan CheckDeadline { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after its confirmation an order must be paid; otherwise it is cancelled. With <c>never</c>, <see cref="MaxUnpaidOrders"/>
    /// alone bounds the stock that unpaid orders hold.
    /// </summary>
    [OrNever]
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
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
