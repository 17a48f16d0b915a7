using Orderly.Api.Queries;
using Orderly.Domain.Customers;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Customers;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.Sales;

namespace Orderly.Api.OpenApi;

/// <content>Those of the shop.</content>
internal sealed partial record Enumeration
{
    public static readonly Enumeration OrderStatus = new("OrderStatus", "How far an order is.", OrderQuery.Statuses);
    public static readonly Enumeration OrderSort = new("OrderSort", "What orders are sorted by; descending with '-'.", OrderQuery.Sorts);
    public static readonly Enumeration CustomerLevel = new("CustomerLevel", "A customer's level.", LowerCase<CustomerLevel>.Names);
    public static readonly Enumeration CheckOutcome = new("CheckOutcome", "What came of a check.", ["passed", "failed"]);
    public static readonly Enumeration SalesBucket = new("SalesBucket", "How long a bucket of sales is.", SalesSteps.Names);
    public static readonly Enumeration WaitUntil = new("WaitUntil", "What an order is waited for.", ["validated"]);

    static partial void AddDomain(Dictionary<(Type Type, string Property), Enumeration> properties)
    {
        properties[(typeof(Commands.RegisterCustomerRequest), "level")] = CustomerLevel;
        properties[(typeof(Commands.ChangeCustomerLevelRequest), "level")] = CustomerLevel;
        properties[(typeof(CustomerOverview), "level")] = CustomerLevel;
        properties[(typeof(CustomerSummary), "level")] = CustomerLevel;
        properties[(typeof(CustomerOrder), "status")] = OrderStatus;
        properties[(typeof(OrderDetails), "status")] = OrderStatus;
        properties[(typeof(OrderSummary), "status")] = OrderStatus;
        properties[(typeof(OrderCheck), "outcome")] = CheckOutcome;
    }
}
