using FluentValidation;
using Orderly.Domain.Customers;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Validation;
using Orderly.Testing;

namespace Orderly.Domain.Tests;

public class ValidationTests
{
    private static readonly PlaceOrder s_order
        = new("o-1", "ada", "EUR", [new OrderLineItem("LAMP", 1, 1)], null) { Context = Scenario.Context };

    [Theory]
    [InlineData("a", true)]
    [InlineData("a-b_9", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("A", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("ä", false)]
    [InlineData("a/b", false)]
    public void Ids(string? id, bool valid) => Assert.Equal(valid, Rules.IsId(id));

    [Fact]
    public void Ids_have_at_most_64_characters()
    {
        Assert.True(Rules.IsId(new string('a', 64)));
        Assert.False(Rules.IsId(new string('a', 65)));
        Assert.True(Rules.IsSku(new string('A', 64)));
        Assert.False(Rules.IsSku(new string('A', 65)));
        Assert.False(Rules.IsSku("a"));
    }

    [Theory]
    [InlineData("0.01", "EUR", true)]
    [InlineData("1.500", "EUR", true)]
    [InlineData("1000000000", "EUR", true)]
    [InlineData("0", "EUR", false)]
    [InlineData("-1", "EUR", false)]
    [InlineData("0.001", "EUR", false)]
    [InlineData("0.0001", "EUR", false)]
    [InlineData("1000000000.01", "EUR", false)]
    [InlineData("1999", "JPY", true)]
    [InlineData("19.0", "JPY", true)]
    [InlineData("19.99", "JPY", false)]
    [InlineData("19.999", "KWD", true)]
    [InlineData("19.9999", "KWD", false)]
    public void Amounts_have_the_decimals_of_their_currency(string amount, string currency, bool valid)
        => Check(
            new RecordPaymentValidator(),
            new RecordPayment(
                "p",
                "o",
                decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture),
                currency,
                null)
            { Context = Scenario.Context },
            valid ? [] : ["Amount"]);

    [Theory]
    [InlineData("EUR", "at most 2 decimals in EUR")]
    [InlineData("JPY", "no decimals in JPY")]
    [InlineData("KWD", "at most 3 decimals in KWD")]
    public void An_amount_that_is_no_amount_is_refused_in_our_own_words(string currency, string decimals)
    {
        var result = new RecordPaymentValidator()
            .Validate(new RecordPayment("p", "o", 1.99999m, currency, null) { Context = Scenario.Context });
        Assert.Equal($"must be more than 0, at most 1000000000, with {decimals}.", Assert.Single(result.Errors).ErrorMessage);
    }

    [Fact]
    public void Prices_have_the_decimals_of_their_currency()
    {
        Check(new AddProductValidator(), new AddProduct("A", "A", null, 19.99m, "JPY") { Context = Scenario.Context }, ["UnitPrice"]);
        Check(new ChangePriceValidator(), new ChangePrice("A", 19.99m, "JPY") { Context = Scenario.Context }, ["UnitPrice"]);
        Check(
            new PlaceOrderValidator(),
            s_order with { Currency = "JPY", Lines = [new("LAMP", 1, 1), new("BULB", 1, 19.99m)] },
            ["Lines[1].UnitPrice"]);
    }

    /// <summary>The currency is at fault then, and not the amount as well.</summary>
    [Fact]
    public void An_amount_of_an_unknown_currency_is_not_refused_for_its_decimals()
        => Check(
            new RecordPaymentValidator(), new RecordPayment("p", "o", 1.999m, "XXX", null) { Context = Scenario.Context }, ["Currency"]);

    [Theory]
    [InlineData("1234.5", "EUR", "1,234.50 EUR")]
    [InlineData("1234", "JPY", "1,234 JPY")]
    [InlineData("0.5", "KWD", "0.500 KWD")]
    [InlineData("0.0001", "EUR", "0.0001 EUR")]
    public void Money_is_written_with_the_decimals_of_its_currency(string amount, string currency, string text)
        => Assert.Equal(text, new Money(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), currency).ToString());

    [Theory]
    [InlineData("EUR", true)]
    [InlineData("eur", false)]
    [InlineData("EURO", false)]
    [InlineData("XXX", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Currencies(string? currency, bool valid)
        => Check(new ChangePriceValidator(), new ChangePrice("A", 1, currency!) { Context = Scenario.Context }, valid ? [] : ["Currency"]);

    [Theory]
    [InlineData("ada@example.com", true)]
    [InlineData("ada.l+x@mail.example.com", true)]
    [InlineData("ada", false)]
    [InlineData("ada@", false)]
    [InlineData("@example.com", false)]
    [InlineData("ada@example", false)]
    [InlineData("a da@example.com", false)]
    [InlineData("ada@example.com\n", false)]
    [InlineData("zoë@bücher.example", true)]
    [InlineData("\"ada lovelace\"@example.com", true)]
    [InlineData("\"a\\\"b\"@example.com", true)]
    [InlineData("\"a\"b\"@example.com", false)]
    [InlineData("\"a\\\"@example.com", false)]
    [InlineData("\"\"@example.com", false)]
    [InlineData("a..b@example.com", false)]
    [InlineData(".a@example.com", false)]
    [InlineData("a.@example.com", false)]
    [InlineData("a,b@example.com", false)]
    [InlineData("x>,<y@example.com", false)]
    [InlineData("a;b@example.com", false)]
    [InlineData("a(b)@example.com", false)]
    [InlineData("a@b@example.com", false)]
    [InlineData("ada@exa_mple.com", false)]
    [InlineData("ada@-example.com", false)]
    [InlineData("ada@example-.com", false)]
    [InlineData("ada@example..com", false)]
    [InlineData("ada@example.com.", false)]
    [InlineData("ada@[192.0.2.1]", false)]
    [InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-12345@example.com", false)]
    [InlineData(null, false)]
    public void Email_addresses(string? email, bool valid)
        => Check(
            new ChangeCustomerDetailsValidator(),
            new ChangeCustomerDetails("ada", "Ada", email!) { Context = Scenario.Context },
            valid ? [] : ["Email"]);

    [Theory]
    [InlineData("Ada", true)]
    [InlineData("Åse 👩‍🚀", true)]
    [InlineData("", false)]
    [InlineData("  ", false)]
    [InlineData("a\0b", false)]
    [InlineData(null, false)]
    public void Texts(string? name, bool valid)
        => Check(
            new ChangeCustomerDetailsValidator(),
            new ChangeCustomerDetails("ada", name!, "a@b.cd") { Context = Scenario.Context },
            valid ? [] : ["Name"]);

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
        => Check(
            new ChangeCustomerDetailsValidator(),
            new ChangeCustomerDetails("ada", "a\ud800b", "a@b.cd") { Context = Scenario.Context },
            ["Name"]);

    [Theory]
    [InlineData("gold", true)]
    [InlineData("Gold", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Levels(string? level, bool valid)
        => Check(
            new ChangeCustomerLevelValidator(),
            new ChangeCustomerLevel("ada", level!) { Context = Scenario.Context },
            valid ? [] : ["Level"]);

    [Fact]
    public void Lines_of_an_order()
    {
        void CheckLines(OrderLineItem[] lines, params string[] fields)
            => Check(new PlaceOrderValidator(), s_order with { Lines = lines }, fields);

        CheckLines([new("LAMP", 1, 1), new("BULB", Rules.MaxQuantity, Rules.MaxAmount)]);
        CheckLines([], "Lines");
        CheckLines(null!, "Lines");
        CheckLines([null!], "Lines");
        CheckLines([new("LAMP", 1, 1), new("LAMP", 1, 1)], "Lines");
        CheckLines([.. Enumerable.Range(0, 101).Select(i => new OrderLineItem($"A{i}", 1, 1))], "Lines");
        CheckLines([new("lamp", 0, 0)], "Lines[0].Sku", "Lines[0].Quantity", "Lines[0].UnitPrice");
        CheckLines([new("LAMP", 1, 1), new("BULB", Rules.MaxQuantity + 1, 1)], "Lines[1].Quantity");
    }

    [Fact]
    public void An_address_is_whole_or_left_out()
    {
        var address = new ShippingAddress("Ada", "Street 1", null, "1010", "Wien", "AT");
        Check(new PlaceOrderValidator(), s_order with { ShippingAddress = address }, []);
        Check(new PlaceOrderValidator(), s_order with { ShippingAddress = address with { City = null! } }, ["ShippingAddress.City"]);
    }

    [Fact]
    public void The_largest_order_has_an_exact_total()
    {
        var lines = Enumerable.Range(0, Rules.MaxLines)
            .Select(i => new OrderLineItem($"A{i}", Rules.MaxQuantity, Rules.MaxAmount - 0.0001m))
            .ToList();
        var placed = Assert.IsType<OrderPlaced>(Assert.Single((s_order with { Lines = lines }).Decide(Order.Initial).Events));
        Assert.Equal(100_000_000_000_000_000m - 10_000m, placed.Total.Amount);
    }

    private static void Check<T>(AbstractValidator<T> validator, T command, string[] fields)
        => Assert.Equal(fields, validator.Validate(command).Errors.Select(error => error.PropertyName).Distinct());
}
