namespace Orderly.ReadModels;

/// <summary>A sum of one currency.</summary>
/// <param name="Currency">ISO 4217 alphabetic code.</param>
/// <param name="Amount">In units of the currency.</param>
public sealed record CurrencyAmount(string Currency, decimal Amount);
