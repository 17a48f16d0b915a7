namespace Orderly.Domain;

/// <summary>An amount of one currency.</summary>
/// <param name="Amount">In units of the currency, with at most four decimals.</param>
/// <param name="Currency">ISO 4217 alphabetic code.</param>
public sealed record Money(decimal Amount, string Currency);
