using System.Globalization;
using Orderly.ReadModels.Customers;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.Products;

namespace Orderly.Api;

/// <content>The tags of the shop's documents.</content>
internal static partial class EntityTags
{
    public static string Of(ProductSummary product) => Of(product.Revision);

    public static string Of(CustomerOverview customer) => Of(customer.Revision, customer.RelatedEvents, 0);

    // The names of an order's products come from another view, which can lag behind or hear of a product later: a name
    // that is still missing makes another version of the answer.
    public static string Of(OrderDetails order) => Of(order.Revision, order.RelatedEvents, order.Lines.Count(line => line.Name is null));

    private static string Of(long revision, long relatedEvents, int missingNames) => (relatedEvents, missingNames) switch
    {
        (0, 0) => Of(revision),
        (_, 0) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}.{relatedEvents}\""),
        _ => string.Create(CultureInfo.InvariantCulture, $"\"{revision}.{relatedEvents}.{missingNames}\""),
    };
}
