using MediatR;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.Customers;

/// <summary>One customer.</summary>
public sealed record GetCustomer(string CustomerId) : Query<CustomerOverview>(CustomerOverview.View);

public sealed class GetCustomerHandler(IViewReader store) : IRequestHandler<GetCustomer, ViewAnswer<CustomerOverview>>
{
    public async Task<ViewAnswer<CustomerOverview>> Handle(GetCustomer request, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(CustomerOverview.View, [request.CustomerId], cancellationToken).ConfigureAwait(false);
        var customer = found.Documents is [var document] && document.Value.RegisteredAt is not null ? document.Value : null;
        return new ViewAnswer<CustomerOverview>(customer, found.Position);
    }
}
