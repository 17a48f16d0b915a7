using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;

namespace Orderly.Api;

// What can't be an id names nothing, so there is nothing at its address: such a path matches no endpoint and is answered 404.

internal sealed class IdConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
        => Rules.IsId(values[routeKey] as string);
}

/// <summary>The name of a stream of the domain: <c>category-id</c>.</summary>
internal sealed class StreamConstraint : IRouteConstraint
{
    public static IReadOnlyDictionary<string, StreamCategory> Categories { get; } = StreamCategory.AllOf(typeof(OrderlyEvents).Assembly.GetTypes());

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
    {
        var name = (values[routeKey] as string)?.Split('-', 2);
        return name is [var category, var id] && Categories.TryGetValue(category, out var known) && known.IsId(id);
    }
}
