using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.Products;

namespace Orderly.Api.Queries;

/// <summary>The JSON of the shop's lists. Their members are always there, null or not.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ProductPage))]
[JsonSerializable(typeof(ProductSummary))]
[JsonSerializable(typeof(CustomerPage))]
[JsonSerializable(typeof(BoughtTogetherPage))]
[JsonSerializable(typeof(OrderList))]
[JsonSerializable(typeof(SalesList))]
internal sealed partial class ShopPageJson : JsonSerializerContext;
