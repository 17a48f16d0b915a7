using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Validation;

namespace Orderly.Api;

// What can't be an id names nothing, so there is nothing at its address: such a path matches no endpoint and is answered 404.

internal sealed class IdConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
        => Rules.IsId(values[routeKey] as string);
}

internal sealed class SkuConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
        => Rules.IsSku(values[routeKey] as string);
}

/// <summary>The name of a stream of the domain: <c>category-id</c>.</summary>
internal sealed class StreamConstraint : IRouteConstraint
{
    private static readonly string[] s_othersWithIds =
        [Customer.Category, Order.Category, OrderChecks.Category, OrderEmails.Category, Payment.Category];

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
    {
        var name = (values[routeKey] as string)?.Split('-', 2);
        return name is [var category, var id]
            && (category == Product.Category ? Rules.IsSku(id) : s_othersWithIds.Contains(category) && Rules.IsId(id));
    }
}
