namespace Orderly.Demo;

/// <summary>A request to the API.</summary>
/// <param name="Kind">What it does, such as <c>place order</c>.</param>
/// <param name="Path">Relative to the API's address.</param>
/// <param name="Body">JSON.</param>
/// <param name="Key">The idempotency key: sent again, it changes nothing.</param>
public sealed record DemoRequest(string Kind, string Path, string Body, string Key);

/// <summary>What is wrong with an order, so that a check has to reject it.</summary>
public enum DemoFlaw
{
    None,
    StalePrice,
    UnknownSku,
    MoreThanStock,

    /// <summary>With what its customer ordered just before, it is over the default fraud limit.</summary>
    OverLimit,
}

/// <summary>How far an order is to come, when it is confirmed.</summary>
public enum DemoFate
{
    Delivered,
    Shipped,

    /// <summary>The customer thinks better of it in the moment it was placed; it may be too late.</summary>
    CancelledAtOnce,
    CancelledUnpaid,
    CancelledPaid,
    NeverPaid,
}

/// <summary>An order and everything that is to be done about it.</summary>
/// <param name="Before">What has to be there first: a customer that joins, stock for what runs low.</param>
/// <param name="Payments">In this order; none when it is never paid.</param>
/// <param name="Pause">How long its customer and the shop take for each step.</param>
public sealed record DemoOrder(
    string OrderId,
    DemoFlaw Flaw,
    DemoFate Fate,
    IReadOnlyList<DemoRequest> Before,
    DemoRequest Place,
    IReadOnlyList<DemoRequest> Payments,
    DemoRequest Ship,
    DemoRequest Deliver,
    DemoRequest Cancel,
    TimeSpan Pause);
