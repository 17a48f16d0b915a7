using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;
using Orderly.ReadModels;
using Orderly.ReadModels.Customers;

namespace Orderly.Api.Resources;

/// <summary>Customers.</summary>
internal static class Customers
{
    public static void MapCustomers(this IEndpointRouteBuilder v1)
    {
        var customers = v1.MapGroup("/customers").WithTags("Customers");

        customers.MapPost("", (CommandRequest<RegisterCustomerRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(context), id => $"/v1/customers/{id}"))
            .WithName("registerCustomer")
            .Creates<RegisterCustomerRequest>("Registers a customer.", Examples.RegisterCustomer, "/v1/customers/ann");

        customers.MapPut("/{id:entity-id}/details", (string id, CommandRequest<ChangeCustomerDetailsRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context)))
            .WithName("changeCustomerDetails")
            .Changes<ChangeCustomerDetailsRequest>("Changes a customer's name and e-mail address.", Examples.ChangeCustomerDetails);

        customers.MapPut("/{id:entity-id}/level", (string id, CommandRequest<ChangeCustomerLevelRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context)))
            .WithName("changeCustomerLevel")
            .Changes<ChangeCustomerLevelRequest>("Changes a customer's level.", Examples.ChangeCustomerLevel);

        customers.MapGet("/{id:entity-id}", (string id, ViewRequest request)
                => request.AnswerAsync(new GetCustomer(id), ReadModelsJson.Default.CustomerOverview, EntityTags.Of))
            .WithName("getCustomer")
            .ReadsDocument<CustomerOverview>("One customer with a summary of the orders.", Examples.Customer);
    }
}
