using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Api.Resources;

/// <summary>Products and their stock.</summary>
internal sealed class Products : IResource
{
    public ResourceDoc Doc => new(
        "Products", "What is sold, and its stock.",
        new PathParameterDoc("sku", "The SKU: 1 to 64 upper-case letters, digits or '-'.", "^[A-Z0-9-]{1,64}$", "TEA-1"))
    { Place = 20 };

    public void Map(IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/products");

        products.MapPost("", (CommandRequest<AddProductRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(context), DocumentOf, makes: true))
            .WithName("addProduct")
            .Needs(Scopes.CatalogueWrite)
            .Creates<AddProductRequest>("Adds a product to the catalogue.", Examples.AddProduct, "/v1/products/TEA-1");

        products.MapPut("/{sku:sku}/price", (string sku, CommandRequest<ChangePriceRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(sku, context), DocumentOf))
            .WithName("changeProductPrice")
            .Needs(Scopes.CatalogueWrite)
            .Changes<ChangePriceRequest>("Changes a product's price.", Examples.ChangePrice);

        products.MapPost("/{sku:sku}/stock-receipts", (string sku, CommandRequest<ReceiveStockRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(sku, context), DocumentOf))
            .WithName("receiveStock")
            .Needs(Scopes.StockWrite)
            .Changes<ReceiveStockRequest>("Takes pieces into stock.", Examples.ReceiveStock);

        products.MapPost("/{sku:sku}/discontinuation", (string sku, CommandRequest<DiscontinueProductRequest> request)
                => request.SendAsync((body, context) => body.ToCommand(sku, context), DocumentOf))
            .WithName("discontinueProduct")
            .Needs(Scopes.CatalogueWrite)
            .Changes<DiscontinueProductRequest>("Takes a product off the catalogue.", Examples.DiscontinueProduct);

        products.MapRead("/{sku:sku}", (string sku, ViewRequest request)
                => request.AnswerAsync(DocumentOf(sku)))
            .WithName("getProduct")
            .Needs(Scopes.CatalogueRead)
            .ReadsDocument<ProductSummary>("One product with its stock.", Examples.Product);

        products.MapRead("/{sku:sku}/bought-together", FindBoughtTogetherAsync)
            .WithName("findProductsBoughtTogether")
            .Needs(Scopes.CatalogueRead)
            .ReadsListOf<BoughtTogetherPage>(
                "What was bought together with a product, the strongest first.",
                Examples.BoughtTogetherPage,
                new ParameterDoc(
                    "hops", "Over how many products at most: 1 to 3, 1 when it is left out; 1 is what was in one order with it.",
                    JsonKind.Integer, "2"));

        products.MapRead("", FindAsync)
            .WithName("findProducts")
            .Needs(Scopes.CatalogueRead)
            .ReadsPage<ProductPage>(
                "Products in the order of their SKUs.", Examples.ProductPage,
                new ParameterDoc("availableBelow", "Only products with fewer pieces available.", JsonKind.Integer, "10"),
                new ParameterDoc(
                    "q",
                    "Only products whose SKU or name has all of these words, whatever the case and the accents, each at least by its "
                    + "beginning. At most 10 words.", JsonKind.Text, "tea"));
    }

    private static DocumentQuery<ProductSummary> DocumentOf(string sku)
        => new($"/v1/products/{sku}", new GetProduct(sku), ShopPageJson.Default.ProductSummary, EntityTags.Of);

    private static async Task<IResult> FindAsync(HttpContext http, ViewRequest request)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var query = new FindProducts(
            parameters.Number("availableBelow", 0, long.MaxValue), parameters.Words("q"), parameters.Limit(),
            parameters.Cursor("cursor", Rules.IsSku));
        return parameters.Problem ?? await request.AnswerAsync(query, ShopPageJson.Default.ProductPage, ProductPage.Of);
    }

    private static async Task<IResult> FindBoughtTogetherAsync(string sku, HttpContext http, ViewRequest request)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var query = new FindBoughtTogether(sku, (int)(parameters.Number("hops", 1, GraphQuery.MaxHops) ?? 1), parameters.Limit());
        return parameters.Problem ?? await request.AnswerAsync(query, ShopPageJson.Default.BoughtTogetherPage, BoughtTogetherPage.Of);
    }
}
