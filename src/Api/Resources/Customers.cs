using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;
using Orderly.Domain.Customers;
using Orderly.Domain.Validation;
using Orderly.ReadModels;
using Orderly.ReadModels.Customers;

namespace Orderly.Api.Resources;

/// <summary>Customers.</summary>
internal sealed class Customers : IResource
{
    public ResourceDoc Doc => new("Customers", "Who orders.", PathParameterDoc.Id("The customer's id", "ann")) { Place = 10 };

    public void Map(IEndpointRouteBuilder routes)
    {
        var customers = routes.MapGroup("/customers");

        customers.MapPost("", (CommandRequest<RegisterCustomerRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(context), DocumentOf, makes: true))
            .WithName("registerCustomer")
            .NeedsOrOwn(Scopes.CustomersWrite)
            .Creates<RegisterCustomerRequest>("Registers a customer.", Examples.RegisterCustomer, "/v1/customers/ann");

        customers.MapPut("/{id:entity-id}/details", (string id, CommandRequest<ChangeCustomerDetailsRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), DocumentOf))
            .WithName("changeCustomerDetails")
            .NeedsOrOwn(Scopes.CustomersWrite)
            .Changes<ChangeCustomerDetailsRequest>("Changes a customer's name and e-mail address.", Examples.ChangeCustomerDetails);

        customers.MapPut("/{id:entity-id}/level", (string id, CommandRequest<ChangeCustomerLevelRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(id, context), DocumentOf))
            .WithName("changeCustomerLevel")
            .Needs(Scopes.CustomersWrite)
            .Changes<ChangeCustomerLevelRequest>("Changes a customer's level.", Examples.ChangeCustomerLevel);

        customers.MapRead("/{id:entity-id}", (string id, ViewRequest request)
                => request.AnswerAsync(DocumentOf(id)))
            .WithName("getCustomer")
            .NeedsOrOwn(Scopes.CustomersRead)
            .ReadsDocument<CustomerOverview>("One customer with a summary of the orders.", Examples.Customer);

        customers.MapRead("", FindAsync)
            .WithName("findCustomers")
            .Needs(Scopes.CustomersRead)
            .ReadsPage<CustomerPage>(
                "Customers in the order of their ids.", Examples.CustomerPage,
                new ParameterDoc("level", "Only customers of this level.", JsonKind.Text, "gold") { Values = Enumeration.CustomerLevel },
                new ParameterDoc(
                    "q",
                    "Only customers whose id, name or e-mail address has all of these words, whatever the case and the accents, each at "
                    + "least by its beginning. At most 10 words.", JsonKind.Text, "ann"));
    }

    private static DocumentQuery<CustomerOverview> DocumentOf(string id)
        => new($"/v1/customers/{id}", new GetCustomer(id), ReadModelsJson.Default.CustomerOverview, EntityTags.Of);

    private static async Task<IResult> FindAsync(HttpContext http, ViewRequest request)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var query = new FindCustomers(
            parameters.Choice("level", LowerCase<CustomerLevel>.Names), parameters.Words("q"), parameters.Limit(),
            parameters.Cursor("cursor", Rules.IsId));
        return parameters.Problem ?? await request.AnswerAsync(query, ShopPageJson.Default.CustomerPage, CustomerPage.Of);
    }
}
