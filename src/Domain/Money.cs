namespace Orderly.Domain;

/// <summary>An amount of one currency.</summary>
/// <param name="Amount">
/// In units of the currency, with at most as many decimals as it has (<see cref="Currencies"/>); in events from before that rule, four.
/// </param>
/// <param name="Currency">ISO 4217 alphabetic code.</param>
public sealed record Money(decimal Amount, string Currency)
{
    /// <summary>What of it can be paid: without decimals that the currency does not have. 0.0001 EUR can't be paid at all.</summary>
    public Money Payable()
        => this with { Amount = decimal.Round(Amount, Currencies.DecimalsOf(Currency), MidpointRounding.ToZero) };

    /// <summary>As people read it, such as <c>1,234.50 EUR</c>.</summary>
    public override string ToString() => $"{Currencies.Format(Amount, Currency)} {Currency}";
}
