using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Customers;

/// <summary>One customer.</summary>
public sealed record GetCustomer(string CustomerId) : Query<CustomerOverview>(CustomerOverview.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.CustomersRead) || caller.OwnAccountId is not null;
}

public sealed class GetCustomerHandler(IViewReader store) : IRequestHandler<GetCustomer, ViewAnswer<CustomerOverview>>
{
    public async Task<ViewAnswer<CustomerOverview>> Handle(GetCustomer request, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(CustomerOverview.View, [request.CustomerId], cancellationToken).ConfigureAwait(false);
        var customer = request.Caller.May(Scopes.CustomersRead, request.CustomerId)
            && found.Documents is [var document] && document.Value.RegisteredAt is not null ? document.Value : null;
        return new ViewAnswer<CustomerOverview>(customer, found.Position);
    }
}
