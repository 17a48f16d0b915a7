using Orderly.Api.Queries;
using Orderly.Domain.Customers;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Customers;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.Sales;
using Orderly.Subscriptions.Operating;

namespace Orderly.Api.OpenApi;

/// <summary>A text that has one of some values: a schema of its own, so that a generated client has one type for it.</summary>
/// <param name="Name">The schema's name.</param>
internal sealed record Enumeration(string Name, string Description, IReadOnlyList<string> Values)
{
    public static readonly Enumeration OrderStatus = new("OrderStatus", "How far an order is.", OrderQuery.Statuses);
    public static readonly Enumeration OrderSort = new("OrderSort", "What orders are sorted by; descending with '-'.", OrderQuery.Sorts);
    public static readonly Enumeration CustomerLevel = new("CustomerLevel", "A customer's level.", LowerCase<CustomerLevel>.Names);
    public static readonly Enumeration CheckOutcome = new("CheckOutcome", "What came of a check.", ["passed", "failed"]);
    public static readonly Enumeration SalesBucket = new("SalesBucket", "How long a bucket of sales is.", SalesSteps.Names);
    public static readonly Enumeration WaitUntil = new("WaitUntil", "What an order is waited for.", ["validated"]);
    public static readonly Enumeration HealthStatus = new("HealthStatus", "What a health check found.", ["live", "ready"]);

    public static readonly Enumeration ProjectionState = new(
        "ProjectionState",
        "'live': it holds all events; 'catching-up': not yet; 'faulted': it can't go on. Others are not read by queries.",
        ["live", "catching-up", "faulted", "building", "retired", "apart"]);

    public static readonly Enumeration ParkedReason = new(
        "ParkedReason", "Why an event could not be applied.", ["unreadable", "unknown-type", "too-new", "threw", "waiting"]);

    public static readonly Enumeration ParkedAction = new("ParkedAction", "What was asked for.", ["retry", "skip"]);

    private static readonly Dictionary<(Type Type, string Property), Enumeration> s_properties = new()
    {
        [(typeof(Commands.RegisterCustomerRequest), "level")] = CustomerLevel,
        [(typeof(Commands.ChangeCustomerLevelRequest), "level")] = CustomerLevel,
        [(typeof(CustomerOverview), "level")] = CustomerLevel,
        [(typeof(CustomerSummary), "level")] = CustomerLevel,
        [(typeof(CustomerOrder), "status")] = OrderStatus,
        [(typeof(OrderDetails), "status")] = OrderStatus,
        [(typeof(OrderSummary), "status")] = OrderStatus,
        [(typeof(OrderCheck), "outcome")] = CheckOutcome,
        [(typeof(HealthAnswer), "status")] = HealthStatus,
        [(typeof(ProjectionStatus), "state")] = ProjectionState,
        [(typeof(ParkedItem), "reason")] = ParkedReason,
        [(typeof(ParkedAsk), "action")] = ParkedAction,
    };

    /// <summary>What a property of a body is limited to; null: to nothing.</summary>
    public static Enumeration? Of(Type type, string property) => s_properties.GetValueOrDefault((type, property));
}
