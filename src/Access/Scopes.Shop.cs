namespace Orderly.Access;

/// <content>The shop's scopes and roles.</content>
[Role("customer", Own, CatalogueRead)]
[Role("clerk", OrdersRead, OrdersWrite, CustomersRead, CustomersWrite, CatalogueRead)]
[Role("catalogue", CatalogueRead, CatalogueWrite)]
[Role("warehouse", OrdersRead, OrdersShip, CatalogueRead, StockWrite)]
[Role("payments", OrdersRead, PaymentsWrite)]
[Role("auditor", CatalogueRead, CustomersRead, OrdersRead, SalesRead)]
public static partial class Scopes
{
    /// <summary>Orders, their history and their payments, of every customer.</summary>
    [OpensStreams("order", "checks", "payment")]
    public const string OrdersRead = "orders:read";

    /// <summary>To place and to cancel orders for every customer.</summary>
    public const string OrdersWrite = "orders:write";

    /// <summary>To note that orders were shipped and delivered.</summary>
    public const string OrdersShip = "orders:ship";

    /// <summary>Every customer, with their history.</summary>
    [OpensStreams("customer")]
    public const string CustomersRead = "customers:read";

    /// <summary>To register and change every customer.</summary>
    public const string CustomersWrite = "customers:write";

    /// <summary>The catalogue with its stock.</summary>
    public const string CatalogueRead = "catalogue:read";

    /// <summary>To add, price and discontinue products.</summary>
    [OpensStreams("product")]
    public const string CatalogueWrite = "catalogue:write";

    /// <summary>To receive stock.</summary>
    [OpensStreams("product")]
    public const string StockWrite = "stock:write";

    /// <summary>To record payments and refunds.</summary>
    [ProgramsOnly]
    public const string PaymentsWrite = "payments:write";

    /// <summary>What was sold, in sums.</summary>
    public const string SalesRead = "sales:read";
}
