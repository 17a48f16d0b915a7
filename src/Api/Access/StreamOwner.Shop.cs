using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;

namespace Orderly.Api.Access;

/// <summary>Customers own their own stream, their orders and the checks of these.</summary>
internal sealed class ShopStreamOwner(Decider decider) : IStreamOwner
{
    public async Task<string?> FindOwnerAsync(string category, string id, CancellationToken cancellationToken)
        => category == Customer.Category ? id
            : category == Order.Category || category == OrderChecks.Category
                ? (await decider.ReadAsync<Order>(id, cancellationToken)).CustomerId
            : null;
}
