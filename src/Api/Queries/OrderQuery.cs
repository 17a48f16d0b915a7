using System.Globalization;
using Orderly.Domain.Orders;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Orders;

namespace Orderly.Api.Queries;

/// <param name="NextCursor">For the parameter <c>cursor</c> of the next page; null on the last one.</param>
internal sealed record OrderList(IReadOnlyList<OrderSummary> Items, string? NextCursor) : IPage;

/// <summary>A search for orders as clients write it.</summary>
internal sealed class OrderQuery(OrderFilter filter, OrderSort sort)
{
    private static readonly (string Name, OrderSortField By)[] s_fields =
        [("placedAt", OrderSortField.PlacedAt), ("total", OrderSortField.Total), ("status", OrderSortField.Status)];

    /// <summary>The values of the parameter <c>status</c>.</summary>
    public static IReadOnlyList<string> Statuses { get; } =
        [.. LowerCase<OrderStatus>.Names.Where(name => name != LowerCase<OrderStatus>.NameOf(OrderStatus.Unknown))];

    /// <summary>The values of the parameter <c>sort</c>.</summary>
    public static IReadOnlyList<string> Sorts { get; } =
        [.. s_fields.Select(field => field.Name), .. s_fields.Select(field => $"-{field.Name}")];

    /// <summary>Null when a parameter is refused.</summary>
    public static (OrderQuery Asked, FindOrders Query)? Read(QueryParameters parameters)
    {
        var filter = new OrderFilter(
            parameters.Choice("status", Statuses), parameters.Text("customerId", Rules.IsId, Rules.IdMessage),
            parameters.Text("sku", Rules.IsSku, Rules.SkuMessage), parameters.Words("q"), parameters.Timestamp("placedFrom"),
            parameters.Timestamp("placedTo"), parameters.Amount("minTotal", OrderSearch.MaxAmount),
            parameters.Amount("maxTotal", OrderSearch.MaxAmount));
        if (filter.PlacedFrom >= filter.PlacedTo)
        {
            parameters.Refuse("placedTo", "must be later than 'placedFrom'.");
        }

        if (filter.MinTotal > filter.MaxTotal)
        {
            parameters.Refuse("maxTotal", "must not be less than 'minTotal'.");
        }

        var asked = new OrderQuery(filter, parameters.Choice("sort", Sorts) is { } sort ? SortOf(sort) : OrderSort.NewestFirst);
        var limit = parameters.Limit();
        var after = parameters.Problem is null ? parameters.Cursor("cursor", asked.Text, asked.PlaceOf) : null;
        return parameters.Problem is null ? (asked, new FindOrders(asked.Filter, asked.Sort, limit, after)) : null;
    }

    public OrderList ListOf(OrderPage page) => new(page.Items, page.Next is { } next ? Cursor.Of(Text, ValueOf(next), next.OrderId) : null);

    private OrderFilter Filter { get; } = filter;

    private OrderSort Sort { get; } = sort;

    /// <summary>The same for the same query. No value has a line break in it.</summary>
    private string Text { get; } = string.Join('\n',
    [
        filter.Status, filter.CustomerId, filter.Sku, filter.Text,
        filter.PlacedFrom?.UtcTicks.ToString(CultureInfo.InvariantCulture),
        filter.PlacedTo?.UtcTicks.ToString(CultureInfo.InvariantCulture),
        filter.MinTotal is { } min ? OrderSearch.KeyOf(min) : null,
        filter.MaxTotal is { } max ? OrderSearch.KeyOf(max) : null,
        sort.By.ToString(), sort.Descending.ToString(),
    ]);

    private static OrderSort SortOf(string name) => new(s_fields.First(field => field.Name == name.TrimStart('-')).By, name[0] == '-');

    private static string ValueOf(OrderPlace place) => place.Value.Text ?? place.Value.Number.ToString(CultureInfo.InvariantCulture);

    private OrderPlace? PlaceOf(IReadOnlyList<string> parts)
    {
        if (parts is not [var value, var id] || !Rules.IsId(id))
        {
            return null;
        }

        return Sort.By switch
        {
            OrderSortField.PlacedAt => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var placedAt)
                ? new OrderPlace(placedAt, id)
                : null,
            OrderSortField.Total => decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var total)
                && OrderSearch.KeyOf(total) == value ? new OrderPlace(value, id) : null,
            _ => Statuses.Contains(value) ? new OrderPlace(value, id) : null,
        };
    }
}
