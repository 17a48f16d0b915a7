using System.Collections.Immutable;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;

namespace Orderly.Domain.Checks;

public sealed record CheckPassed(string OrderId, string Check, DateTimeOffset CheckedAt, CheckedNames? Names = null) : IOrderEvent;

public sealed record CheckFailed(
    string OrderId, string Check, IReadOnlyList<string> Reasons, DateTimeOffset CheckedAt, CheckedNames? Names = null)
    : IOrderEvent;

/// <summary>What the details check knew the order's customer and products by.</summary>
/// <param name="Customer">Null when the customer is unknown or forgotten.</param>
/// <param name="Products">By SKU; without those that are unknown.</param>
public sealed record CheckedNames(string? Customer, IReadOnlyDictionary<string, string> Products);

/// <summary>The checks that an order has to pass.</summary>
public static class CheckNames
{
    public const string Details = "details";
    public const string Inventory = "inventory";
    public const string Fraud = "fraud";

    public static IReadOnlyList<string> All { get; } = [Details, Inventory, Fraud];
}

/// <summary>
/// The checks of one order. They have a stream of their own, so that the order's stream has a single writer.
/// </summary>
/// <param name="Recorded">The names of the checks that answered.</param>
/// <param name="Failed">Those of them that failed.</param>
public sealed record OrderChecks(ImmutableHashSet<string> Recorded, ImmutableHashSet<string> Failed) : IAggregate<OrderChecks>
{
    public static string Category => "checks";

    public static OrderChecks Initial { get; } = new(None, None);

    private static ImmutableHashSet<string> None => ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    public static OrderChecks Evolve(OrderChecks checks, object @event) => @event switch
    {
        CheckPassed e => checks with { Recorded = checks.Recorded.Add(e.Check) },
        CheckFailed e => new OrderChecks(checks.Recorded.Add(e.Check), checks.Failed.Add(e.Check)),
        _ => checks,
    };
}
