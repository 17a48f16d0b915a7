using Orderly.Domain.Serialization;

namespace Orderly.Domain;

/// <summary>Every event of the domain by its name in the log.</summary>
public static class OrderlyEvents
{
    public static EventTypes Types { get; } = EventTypes.Build(types => types
        .Add("customer-registered.v1", DomainJson.Default.CustomerRegistered)
        .Add("customer-details-changed.v1", DomainJson.Default.CustomerDetailsChanged)
        .Add("customer-level-changed.v1", DomainJson.Default.CustomerLevelChanged)
        .Add("customer-forgotten.v1", DomainJson.Default.CustomerForgotten)
        .Add("product-added.v1", DomainJson.Default.ProductAdded)
        .Add("price-changed.v1", DomainJson.Default.PriceChanged)
        .Add("stock-received.v1", DomainJson.Default.StockReceived)
        .Add("stock-reserved.v1", DomainJson.Default.StockReserved)
        .Add("stock-reservation-refused.v1", DomainJson.Default.StockReservationRefused)
        .Add("stock-released.v1", DomainJson.Default.StockReleased)
        .Add("stock-dispatched.v1", DomainJson.Default.StockDispatched)
        .Add("product-discontinued.v1", DomainJson.Default.ProductDiscontinued)
        .Add("order-placed.v1", DomainJson.Default.OrderPlaced)
        .Add("order-confirmed.v1", DomainJson.Default.OrderConfirmed)
        .Add("order-rejected.v1", DomainJson.Default.OrderRejected)
        .Add("order-paid.v1", DomainJson.Default.OrderPaid)
        .Add("order-shipped.v1", DomainJson.Default.OrderShipped)
        .Add("order-delivered.v1", DomainJson.Default.OrderDelivered)
        .Add("order-cancelled.v1", DomainJson.Default.OrderCancelled)
        .Add("check-passed.v1", DomainJson.Default.CheckPassed)
        .Add("check-failed.v1", DomainJson.Default.CheckFailed)
        .Add("payment-received.v1", DomainJson.Default.PaymentReceived)
        .Add("refund-requested.v1", DomainJson.Default.RefundRequested)
        .Add("payment-refunded.v1", DomainJson.Default.PaymentRefunded));
}
