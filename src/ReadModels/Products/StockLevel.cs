using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Products;

/// <summary>One product with its stock: the document of the view <c>stock-levels</c>, by SKU.</summary>
/// <param name="OnHand">Pieces in the house.</param>
/// <param name="Reserved">Of these, set aside for orders.</param>
/// <param name="Available">Of these, free to be ordered: on hand less reserved.</param>
/// <param name="Revision">The revision of the product's stream, for <c>If-Match</c>.</param>
/// <param name="Words">The words of its SKU and its name, see <see cref="SearchWords.Of"/>.</param>
public sealed record StockLevel(
    string Sku, string Name, string? Description, decimal UnitPrice, string Currency, bool Discontinued, long OnHand, long Reserved,
    long Available, long Revision, IReadOnlyList<string> Words)
{
    public static View<StockLevel> View { get; } = new(
        "stock-levels", 2, ReadModelsJson.Default.StockLevel, new ViewField<StockLevel>("available", product => product.Available),
        new ViewField<StockLevel>("words", product => product.Words, ViewFieldKind.Words));

    /// <summary>The part of it that clients see.</summary>
    public static View<ProductSummary> Summaries { get; } = View.As(ReadModelsJson.Default.ProductSummary);
}

/// <summary>One product with its stock, as clients see it.</summary>
/// <param name="OnHand">Pieces in the house.</param>
/// <param name="Reserved">Of these, set aside for orders.</param>
/// <param name="Available">Of these, free to be ordered: on hand less reserved.</param>
/// <param name="Revision">The revision of the product's stream, for <c>If-Match</c>.</param>
public sealed record ProductSummary(
    string Sku, string Name, string? Description, decimal UnitPrice, string Currency, bool Discontinued, long OnHand, long Reserved,
    long Available, long Revision);
