using System.ComponentModel.DataAnnotations;
using Orderly.Domain.Deciding;
using Orderly.Domain.Products;
using Orderly.Domain.Validation;

namespace Orderly.Api.Commands;

/// <param name="UnitPrice">More than 0, with at most as many decimals as the currency has (ISO 4217).</param>
/// <param name="Currency">ISO 4217.</param>
internal sealed record AddProductRequest(
    [property: Required, MaxLength(64)] string? Sku,
    [property: Required, MaxLength(200)] string? Name,
    [property: MaxLength(2000)] string? Description,
    [property: Required] decimal? UnitPrice,
    [property: Required] string? Currency) : IRequestBody<AddProductRequest>
{
    public AddProduct ToCommand(CommandContext context) => new(Sku!, Name!, Description, UnitPrice ?? 0, Currency!) { Context = context };
}

/// <param name="UnitPrice">More than 0, with at most as many decimals as the currency has (ISO 4217).</param>
/// <param name="Currency">ISO 4217.</param>
internal sealed record ChangePriceRequest(
    [property: Required] decimal? UnitPrice,
    [property: Required] string? Currency) : IRequestBody<ChangePriceRequest>
{
    public ChangePrice ToCommand(string sku, CommandContext context) => new(sku, UnitPrice ?? 0, Currency!) { Context = context };
}

/// <param name="Quantity">Pieces.</param>
/// <param name="Reference">Such as the number of the delivery note.</param>
internal sealed record ReceiveStockRequest(
    [property: Required, Range(1, Rules.MaxQuantity)] long? Quantity,
    [property: MaxLength(100)] string? Reference) : IRequestBody<ReceiveStockRequest>
{
    public ReceiveStock ToCommand(string sku, CommandContext context) => new(sku, Quantity ?? 0, Reference) { Context = context };
}

internal sealed record DiscontinueProductRequest([property: MaxLength(500)] string? Reason) : IRequestBody<DiscontinueProductRequest>
{
    public static DiscontinueProductRequest WhenEmpty { get; } = new((string?)null);

    public DiscontinueProduct ToCommand(string sku, CommandContext context) => new(sku, Reason) { Context = context };
}
