using System.Text;
using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.Testing;

namespace Orderly.Domain.Tests;

public class EventTypesTests
{
    /// <summary>The names are a promise to every log that was ever written. This list only grows.</summary>
    [Fact]
    public void The_names_of_the_log_are_stable()
        => Assert.Empty(
            new[]
            {
                "check-failed.v1", "check-passed.v1", "customer-details-changed.v1", "customer-forgotten.v1", "customer-level-changed.v1",
                "customer-registered.v1",
                "order-cancelled.v1",
                "order-confirmed.v1",
                "order-delivered.v1",
                "order-email-deferred.v1",
                "order-email-delivered.v1",
                "order-email-undeliverable.v1",
                "order-paid.v1",
                "order-placed.v1",
                "order-rejected.v1",
                "order-shipped.v1",
                "payment-received.v1",
                "payment-refunded.v1",
                "price-changed.v1",
                "product-added.v1",
                "product-discontinued.v1", "refund-requested.v1", "stock-dispatched.v1", "stock-received.v1", "stock-released.v1",
                "stock-reservation-refused.v1", "stock-reserved.v1",
            }.Except(OrderlyEvents.Types.Names));

    [Fact]
    public void The_json_of_the_log_is_stable()
    {
        var placed = new OrderPlaced(
            "o-1", "ada", [new OrderLine("LAMP", 2, 19.9999m, 39.9998m)], new Money(39.9998m, "EUR"), null, Scenario.Now);
        var encoded = OrderlyEvents.Types.Encode(
            Guid.Empty, placed, version => new EventMetadata(Guid.Empty, Guid.Empty, Guid.Empty, "ada", Scenario.Now, version));
        Assert.Equal(
            """{"orderId":"o-1","customerId":"ada","lines":[{"sku":"LAMP","quantity":2,"unitPrice":19.9999,"amount":39.9998}],"total":"""
            + """{"amount":39.9998,"currency":"EUR"},"shippingAddress":null,"placedAt":"2026-11-21T12:00:00+00:00"}""",
            Encoding.UTF8.GetString(encoded.Data.Span));
        Assert.Equal(
            """{"$correlationId":"00000000-0000-0000-0000-000000000000","$causationId":"00000000-"""
            + """0000-0000-0000-000000000000","commandId":"00000000-"""
            + """0000-0000-0000-000000000000","actor":"ada","at":"2026-11-21T12:00:00+00:00","schemaVersion":1}""",
            Encoding.UTF8.GetString(encoded.Metadata.Span));
    }

    [Fact]
    public void An_event_comes_back_as_it_was_and_fields_that_are_not_known_are_skipped()
    {
        var read = Decode(
            "customer-level-changed.v1",
            """{"customerId":"ada","level":"gold","changedAt":"2026-11-21T12:00:00Z","reason":"later addition"}""");
        Assert.Equal(new DecodedEvent.Known(new CustomerLevelChanged("ada", CustomerLevel.Gold, Scenario.Now)), read);
    }

    [Theory]
    [InlineData("customer-renamed.v1")]
    [InlineData("customer-registered")]
    [InlineData("$metadata")]
    [InlineData("")]
    public void An_unknown_type_is_an_outcome(string type) => Assert.Equal(new DecodedEvent.UnknownType(type), Decode(type, "{}"));

    [Fact]
    public void A_version_that_is_too_new_is_an_outcome()
        => Assert.Equal(new DecodedEvent.TooNew("order-placed.v7", 1), Decode("order-placed.v7", "{}"));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"customerId":null,"level":"gold","changedAt":"2026-11-21T12:00:00Z"}""")]
    [InlineData("""{"customerId":"ada","level":"tin","changedAt":"2026-11-21T12:00:00Z"}""")]
    [InlineData("""{"customerId":"ada","level":2,"changedAt":"2026-11-21T12:00:00Z"}""")]
    public void Bytes_that_are_not_the_event_are_an_outcome(string json)
        => Assert.IsType<DecodedEvent.Unreadable>(Decode("customer-level-changed.v1", json));

    [Fact]
    public void The_lines_of_an_order_are_read_in_any_order_of_fields_and_skip_what_is_not_known()
    {
        var read = (DecodedEvent.Known)DecodeLine(
            """{"amount":5,"later":{"deep":[{"sku":"no"}]},"unitPrice":2.5,"quantity":2,"sku":"LAMP"}""");
        Assert.Equal([new OrderLine("LAMP", 2, 2.5m, 5m)], ((OrderConfirmed)read.Event).Lines);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"sku":"LAMP","quantity":2,"unitPrice":2.5}""")]
    [InlineData("""{"sku":null,"quantity":2,"unitPrice":2.5,"amount":5}""")]
    [InlineData("""{"sku":7,"quantity":2,"unitPrice":2.5,"amount":5}""")]
    [InlineData("""{"sku":"LAMP","quantity":"2","unitPrice":2.5,"amount":5}""")]
    [InlineData("""{"sku":"LAMP","quantity":2.5,"unitPrice":2.5,"amount":5}""")]
    [InlineData("""{"sku":"LAMP","quantity":2,"unitPrice":null,"amount":5}""")]
    [InlineData("""{"sku":"LAMP","quantity":2,"unitPrice":2.5,"amount":1e99}""")]
    [InlineData("""{"sku":"LAMP","quantity":2,"unitPrice":2.5,"amount":5""")]
    public void A_line_that_is_not_one_makes_the_event_unreadable(string line) => Assert.IsType<DecodedEvent.Unreadable>(DecodeLine(line));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void Metadata_of_somebody_else_is_no_metadata(string json)
        => Assert.Null(EventTypes.DecodeMetadata(Recorded("a.v1", "{}", json)));

    [Fact]
    public void An_older_version_is_read_in_the_newest_shape()
    {
        var types = EventTypes.Build(builder => builder
            .Add("stock-received.v2", ProductEventsJson.Default.StockReceived)
            .AddOld(
                "stock-received.v1",
                ProductEventsJson.Default.StockReleased,
                old => new StockReceived(old.Sku, old.Quantity, old.OrderId, old.ReleasedAt)));
        var read = types.Decode(
            Recorded("stock-received.v1", """{"sku":"A","orderId":"o","quantity":3,"releasedAt":"2026-11-21T12:00:00Z"}"""));
        Assert.Equal(new DecodedEvent.Known(new StockReceived("A", 3, "o", Scenario.Now)), read);
        Assert.Equal("stock-received.v2", types.Encode(Guid.Empty, new StockReceived("A", 3, "o", Scenario.Now), Metadata).Type);
    }

    [Fact]
    public void Names_and_types_are_registered_once_and_well_formed()
    {
        var json = ProductEventsJson.Default;
        AssertIncomplete("'StockReceived' is no name of an event.", types => types.Add("StockReceived", json.StockReceived));
        AssertIncomplete(
            "The event StockReceived has two names, 'a.v1' and 'b.v1'.",
            types => types.Add("a.v1", json.StockReceived).Add("b.v1", json.StockReceived));
        AssertIncomplete(
            "The name 'a.v1' is given to two events.", types => types.Add("a.v1", json.StockReceived).Add("a.v1", json.StockReleased));
        AssertIncomplete(
            "The name 'a.v1' is given to two events.",
            types => types.Add("a.v1", json.StockReceived).AddOld("a.v1", json.StockReleased, old => old));
        Assert.Throws<ArgumentException>(() => OrderlyEvents.Types.Encode(Guid.Empty, "not an event", Metadata));
    }

    private static EventMetadata Metadata(int version) => new(Guid.Empty, Guid.Empty, Guid.Empty, "ada", Scenario.Now, version);

    private static void AssertIncomplete(string start, Action<EventTypes.Builder> register)
        => Assert.StartsWith(start, Assert.Throws<IncompleteException>(() => EventTypes.Build(register)).Message, StringComparison.Ordinal);

    private static DecodedEvent Decode(string type, string json) => OrderlyEvents.Types.Decode(Recorded(type, json));

    private static DecodedEvent DecodeLine(string line)
        => Decode(
            "order-confirmed.v1",
            $$"""{"orderId":"o","customerId":"ada","lines":[{{line}}],"total":"""
            + """{"amount":5,"currency":"EUR"},"confirmedAt":"2026-11-21T12:00:00Z"}""");

    private static RecordedEvent Recorded(string type, string json, string metadata = "")
        => new(
            Guid.Empty, "a-1", 0, new LogPosition(1), type, Encoding.UTF8.GetBytes(json), Encoding.UTF8.GetBytes(metadata), Scenario.Now);
}
