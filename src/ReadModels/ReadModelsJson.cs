using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.Commands;
using Orderly.ReadModels.Customers;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.Sales;

namespace Orderly.ReadModels;

/// <summary>The JSON of the documents, in the view store and towards clients alike.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(OrderDetails))]
[JsonSerializable(typeof(CustomerOverview))]
[JsonSerializable(typeof(CustomerSearch))]
[JsonSerializable(typeof(CustomerSummary))]
[JsonSerializable(typeof(StockLevel))]
[JsonSerializable(typeof(ProductSummary))]
[JsonSerializable(typeof(BoughtTogether))]
[JsonSerializable(typeof(OrderSearch))]
[JsonSerializable(typeof(OrderSummary))]
[JsonSerializable(typeof(SalesBucket))]
[JsonSerializable(typeof(CommandTrace))]
public sealed partial class ReadModelsJson : JsonSerializerContext;
