namespace Orderly.Api.OpenApi;

/// <summary>What the OpenAPI document says about the domain as a whole.</summary>
internal static class DomainDoc
{
    public const string About = "Customers, products and their stock, orders and payments.";

    public const string Examples
        = "The examples belong together. They succeed on a new service in this order: register a customer, add a product, take pieces "
        + "into stock, place an order, record a payment, ship, deliver.";
}
