using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Orders;

/// <summary>Orders that fit, sorted, a page at a time.</summary>
/// <param name="Limit">The most orders to return, at least 1.</param>
/// <param name="After">Only those behind this place, which is one in the same sort; null: from the first.</param>
public sealed record FindOrders(OrderFilter Filter, OrderSort Sort, int Limit, OrderPlace? After) : Query<OrderPage>(OrderSearch.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.OrdersRead) || caller.OwnAccountId is not null;
}

/// <summary>Which orders; null: whichever.</summary>
/// <param name="Sku">One of the order's SKUs.</param>
/// <param name="Text">Each of its words begins a word of the order's ids, SKUs, address or names.</param>
/// <param name="PlacedFrom">Placed then or later.</param>
/// <param name="PlacedTo">Placed earlier than then.</param>
/// <param name="MinTotal">
/// The total is this or more, whatever the currency; from 0 to <see cref="OrderSearch.MaxAmount"/>, with at most four decimals.
/// </param>
/// <param name="MaxTotal">The total is this or less; as <paramref name="MinTotal"/>.</param>
public sealed record OrderFilter(
    string? Status = null, string? CustomerId = null, string? Sku = null, string? Text = null, DateTimeOffset? PlacedFrom = null,
    DateTimeOffset? PlacedTo = null, decimal? MinTotal = null, decimal? MaxTotal = null);

/// <summary>In which order; those that are equal come by id, in the same direction.</summary>
public sealed record OrderSort(OrderSortField By, bool Descending)
{
    public static OrderSort NewestFirst { get; } = new(OrderSortField.PlacedAt, Descending: true);
}

public enum OrderSortField
{
    PlacedAt,
    Total,

    /// <summary>By name.</summary>
    Status,
}

/// <summary>A place in a sorted list: that of an order that was seen.</summary>
/// <param name="Value">What is sorted by: milliseconds of Unix time, a key of the total, or a status.</param>
public sealed record OrderPlace(ViewValue Value, string OrderId);

/// <param name="Next">The place behind which the next page starts; null on the last one.</param>
public sealed record OrderPage(IReadOnlyList<OrderSummary> Items, OrderPlace? Next);

/// <summary>One order in a list.</summary>
/// <param name="CustomerName">As the details check knew the customer; null before it, and when the customer was unknown.</param>
/// <param name="Status">placed, confirmed, rejected, paid, shipped, delivered or cancelled.</param>
/// <param name="Currency">ISO 4217; of the total.</param>
/// <param name="Skus">Of its lines, in their order.</param>
public sealed record OrderSummary(
    string OrderId, string CustomerId, string? CustomerName, string Status, string Currency, decimal Total, IReadOnlyList<string> Skus,
    DateTimeOffset PlacedAt);

public sealed class FindOrdersHandler(IViewReader store) : IRequestHandler<FindOrders, ViewAnswer<OrderPage>>
{
    private static readonly View<OrderSummary> s_summaries = OrderSearch.View.As(ReadModelsJson.Default.OrderSummary);

    public async Task<ViewAnswer<OrderPage>> Handle(FindOrders request, CancellationToken cancellationToken)
    {
        var (field, valueOf) = FieldOf(request.Sort.By);

        // One more than asked for tells whether there is a next page.
        var query = new ViewQuery(
            [.. ConditionsOf(request.Filter).OfType<ViewCondition>(), .. ConditionsOf(request.Caller)], request.Limit + 1,
            request.After?.OrderId)
        {
            Sort = new ViewSort(field, request.Sort.Descending, request.After?.Value),
        };
        var found = await store.QueryAsync(s_summaries, query, cancellationToken).ConfigureAwait(false);
        var items = found.Documents.Take(request.Limit).Select(document => document.Value).ToList();
        var next = found.Documents.Count > request.Limit ? new OrderPlace(valueOf(items[^1]), items[^1].OrderId) : null;
        return new ViewAnswer<OrderPage>(new OrderPage(items, next), found.Position);
    }

    private static (string Field, Func<OrderSummary, ViewValue> ValueOf) FieldOf(OrderSortField by) => by switch
    {
        OrderSortField.PlacedAt => ("placedAtMs", order => order.PlacedAt.ToUnixTimeMilliseconds()),
        OrderSortField.Total => ("totalKey", order => OrderSearch.KeyOf(order.Total)),
        OrderSortField.Status => ("status", order => order.Status),
        _ => throw new ArgumentOutOfRangeException(nameof(by)),
    };

    /// <summary>What narrows every search of a caller to the own orders.</summary>
    private static IEnumerable<ViewCondition> ConditionsOf(Caller caller)
        => caller.Has(Scopes.OrdersRead) ? [] : [new ViewCondition.OneOf("customerId", caller.OwnAccountId!)];

    private static IEnumerable<ViewCondition?> ConditionsOf(OrderFilter filter) =>
    [
        filter.Status is { } status ? new ViewCondition.OneOf("status", status) : null,
        filter.CustomerId is { } customer ? new ViewCondition.OneOf("customerId", customer) : null,
        filter.Sku is { } sku ? new ViewCondition.OneOf("skus", sku) : null,
        filter.Text is { } text ? new ViewCondition.Matches("words", text) : null,
        filter.PlacedFrom is { } from ? new ViewCondition.AtLeast("placedAtMs", MillisecondFrom(from)) : null,
        filter.PlacedTo is { } to ? new ViewCondition.LessThan("placedAtMs", MillisecondFrom(to)) : null,
        filter.MinTotal is { } min ? new ViewCondition.AtLeast("totalKey", OrderSearch.KeyOf(min)) : null,

        // There is no total between the two.
        filter.MaxTotal is { } max ? new ViewCondition.LessThan("totalKey", OrderSearch.KeyOf(max + 0.0001m)) : null,
    ];

    /// <summary>The first whole millisecond that is not before the instant.</summary>
    private static long MillisecondFrom(DateTimeOffset instant)
        => instant.ToUnixTimeMilliseconds() + (instant.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);
}
