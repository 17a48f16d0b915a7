using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Products;

/// <summary>
/// How often two products were bought together, seen from one of them: the document of the view <c>bought-together</c>, an edge of
/// a graph. There is one for each direction, by <c>FROM/TO</c>.
/// </summary>
/// <param name="From">The SKU of the one.</param>
/// <param name="To">The SKU of the other.</param>
/// <param name="Weight">How many orders hold both that were confirmed and not cancelled afterwards; 0 when all were.</param>
public sealed record BoughtTogether(string From, string To, long Weight)
{
    /// <summary>
    /// Orders with more different SKUs are left out. Such an order says little about what goes together, and it would change the
    /// documents of all its pairs at once: 380 at this bound.
    /// </summary>
    public const int MaxSkus = 20;

    public static View<BoughtTogether> View { get; } = new(
        "bought-together", 1, ReadModelsJson.Default.BoughtTogether, new ViewField<BoughtTogether>("from", edge => edge.From),
        new ViewField<BoughtTogether>("to", edge => edge.To), new ViewField<BoughtTogether>("weight", edge => edge.Weight))
    {
        Graph = new ViewGraph("from", "to", "weight"),
    };

    /// <summary>The document's id.</summary>
    public static string IdOf(string from, string to) => $"{from}/{to}";

    /// <summary>The document of an id, before it holds anything.</summary>
    public static BoughtTogether Of(string id)
    {
        // No SKU has a slash.
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return new BoughtTogether(id[..slash], id[(slash + 1)..], 0);
    }
}
