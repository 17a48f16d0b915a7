using System.ComponentModel.DataAnnotations;
using Orderly.Domain.Customers;
using Orderly.Domain.Deciding;

namespace Orderly.Api.Commands;

// The attributes describe the fields in the OpenAPI document; what refuses a value is the command's validator.

/// <param name="CustomerId">When it is left out, the caller's own, or made by the service.</param>
/// <param name="Level">bronze (when it is left out), silver, gold or platinum.</param>
internal sealed record RegisterCustomerRequest(
    [property: MaxLength(64)] string? CustomerId,
    [property: Required, MaxLength(200)] string? Name,
    [property: Required, MaxLength(254)] string? Email,
    string? Level) : IRequestBody<RegisterCustomerRequest>
{
    public RegisterCustomer ToCommand(CommandContext context)
        => new(CustomerId ?? context.Caller.OwnAccountId ?? NewId.Of(context), Name!, Email!, Level ?? "bronze") { Context = context };
}

internal sealed record ChangeCustomerDetailsRequest(
    [property: Required, MaxLength(200)] string? Name,
    [property: Required, MaxLength(254)] string? Email) : IRequestBody<ChangeCustomerDetailsRequest>
{
    public ChangeCustomerDetails ToCommand(string customerId, CommandContext context)
        => new(customerId, Name!, Email!) { Context = context };
}

/// <param name="Level">bronze, silver, gold or platinum.</param>
internal sealed record ChangeCustomerLevelRequest([property: Required] string? Level) : IRequestBody<ChangeCustomerLevelRequest>
{
    public ChangeCustomerLevel ToCommand(string customerId, CommandContext context) => new(customerId, Level!) { Context = context };
}
