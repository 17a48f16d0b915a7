namespace Orderly.Demo;

/// <summary>How a demo is run.</summary>
/// <param name="Rate">Orders a second, more than 0.</param>
/// <param name="Orders">How many; null: until the time is over.</param>
/// <param name="Duration">For how long orders are placed; null: until there were enough.</param>
/// <param name="Patience">For how long an order's validation or payment is waited for.</param>
internal sealed record DemoPace(double Rate, int? Orders, TimeSpan? Duration, TimeSpan Patience);
