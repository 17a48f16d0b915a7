using Orderly.Api.Access;
using Orderly.Domain.Validation;
using Orderly.Projections;

namespace Orderly.Api;

/// <content>What the shop's resources need.</content>
public static partial class ApiHost
{
    static partial void AddDomain(IServiceCollection services)
        => services
            .Configure<RouteOptions>(options => options.SetParameterPolicy<SkuConstraint>("sku"))
            .AddSingleton<IStreamOwner, ShopStreamOwner>()
            .AddSingleton<OrderHistory>();
}

internal sealed class SkuConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
        => Rules.IsSku(values[routeKey] as string);
}
