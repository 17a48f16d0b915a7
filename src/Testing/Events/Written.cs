namespace Orderly.Testing;

/// <summary>An event as an older program has written it: it can be given wherever an event can.</summary>
/// <param name="Type">Its name in the log, such as <c>order-placed.v1</c>.</param>
/// <param name="Json">Its data.</param>
/// <example>
/// <code>
/// View(new PriceHistoryProjection())
///     .After("product-LAMP", new Written("price-changed.v1", """{"sku":"LAMP","price":25,"changedAt":"2026-11-21T12:00:00Z"}"""))
/// </code>
/// </example>
public sealed record Written(string Type, string Json);
