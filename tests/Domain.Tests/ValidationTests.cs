using FluentValidation;
using Orderly.Domain.Customers;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Validation;

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
    [InlineData("0.0001", true)]
    [InlineData("1000000000", true)]
    [InlineData("0", false)]
    [InlineData("-1", false)]
    [InlineData("0.00001", false)]
    [InlineData("1000000000.0001", false)]
    public void Amounts(string amount, bool valid)
        => Check(
            new RecordPaymentValidator(),
            new RecordPayment(
                "p",
                "o",
                decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture),
                "EUR",
                null)
            { Context = Scenario.Context },
            valid ? [] : ["Amount"]);

    [Theory]
    [InlineData("0.00001")]
    [InlineData("1000000000.0001")]
    public void An_amount_that_is_no_amount_is_refused_in_our_own_words(string amount)
    {
        var value = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);
        var result = new RecordPaymentValidator().Validate(new RecordPayment("p", "o", value, "EUR", null) { Context = Scenario.Context });
        Assert.Equal("must be more than 0, at most 1000000000, with at most four decimals.", Assert.Single(result.Errors).ErrorMessage);
    }

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
