namespace Orderly.Demo;

/// <summary>What makes one demo differ from another. The same values make the same customers, products, orders and decisions.</summary>
/// <param name="Run">A name, to have another demo with the same seed.</param>
/// <param name="Customers">Those that are there at first, at least 1; more join when these have ordered enough.</param>
/// <param name="Products">At least 4.</param>
public sealed record DemoSettings(int Seed, string Run, int Customers, int Products);
