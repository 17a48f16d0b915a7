using System.Globalization;
using System.Text.RegularExpressions;
using Orderly.Domain;
using Orderly.Domain.Orders;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>What customers read.</summary>
public partial class EmailTemplatesTests
{
    private const string Hostile = "<script>alert('x')</script> & \"you\"\r\n\r\nYou owe us 1000 EUR\u2028{0} %s";

    private static readonly EmailOptions s_options = new() { FromName = "The Shop", FromAddress = "orders@shop.example.com" };

    public static TheoryData<OrderEmailKind> Kinds => [.. Enum.GetValues<OrderEmailKind>()];

    [Fact]
    public void A_confirmation_says_what_was_ordered_and_what_it_costs()
    {
        var message = EmailTemplates.Compose(Order(OrderEmailKind.Confirmed), s_options);

        Assert.Equal("Your order o-17 is confirmed", message.Subject);
        Assert.Equal(new EmailAddress("The Shop", "orders@shop.example.com"), message.From);
        Assert.Equal(new EmailAddress("Ada Lovelace", "ada@example.com"), message.To);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero), message.Date);
        Assert.Equal(
            """
            Dear Ada Lovelace,

            Thank you for your order of 21 November 2026, 11:58 UTC. We have checked it and put everything aside for you.

              2 x Desk lamp (LAMP-1)
                  at 1,019.95: 2,039.90
              1 x CABLE (CABLE)
                  at 0.1234: 0.1234
              Total: 2,040.0234 EUR

            It goes to:
              Ada Lovelace
              12 St James Square
              SW1Y 4JH London
              GB

            We send it as soon as 2,040.0234 EUR have been paid.

            The Shop

            """,
            message.TextBody);
    }

    [Fact]
    public void A_rejection_gives_every_reason()
    {
        var message = EmailTemplates.Compose(
            Order(OrderEmailKind.Rejected) with { Reasons = ["LAMP-1 is out of stock", "the price of CABLE has changed"] }, s_options);

        Assert.Equal("We can't accept your order o-17", message.Subject);
        AssertBoth(message, "LAMP-1 is out of stock", "the price of CABLE has changed", "Desk lamp", "You owe us nothing");
    }

    [Fact]
    public void A_payment_is_confirmed_with_its_amount()
    {
        var message = EmailTemplates.Compose(Order(OrderEmailKind.Paid), s_options);

        Assert.Equal("Your order o-17 is paid", message.Subject);
        AssertBoth(message, "We have received 2,040.0234 EUR", "Desk lamp", "12 St James Square");
    }

    [Fact]
    public void A_shipment_names_the_carrier_and_the_tracking_number()
    {
        var message = EmailTemplates.Compose(
            Order(OrderEmailKind.Shipped) with { Carrier = "Fast Parcel", TrackingNumber = "FP-0815" }, s_options);

        Assert.Equal("Your order o-17 is on its way", message.Subject);
        AssertBoth(message, "Fast Parcel", "21 November 2026, 12:00 UTC", "Tracking number: FP-0815", "12 St James Square");
    }

    [Fact]
    public void A_cancellation_says_why_and_what_is_paid_back()
    {
        var cancelled = Order(OrderEmailKind.Cancelled) with
        {
            Reasons = ["not paid in time"],
            Refunds =
            [new Money(10, "EUR"), new Money(1500.5m, "USD")]
        };

        var message = EmailTemplates.Compose(cancelled, s_options);

        Assert.Equal("Your order o-17 is cancelled", message.Subject);
        AssertBoth(message, "not paid in time", "10.00 EUR", "1,500.50 USD");
        Assert.DoesNotContain("If you have paid", message.TextBody, StringComparison.Ordinal);
        AssertBoth(
            EmailTemplates.Compose(cancelled with { Refunds = [] }, s_options), "If you have paid already, you get your money back.");
    }

    /// <summary>Nothing that somebody entered becomes markup, a line of its own, or a header.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Hostile_texts_stay_texts(OrderEmailKind kind)
    {
        var message = EmailTemplates.Compose(Filled(kind, Hostile), s_options with { FromName = Hostile });

        Assert.DoesNotContain("<script", message.HtmlBody, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", message.HtmlBody, StringComparison.Ordinal);
        Assert.DoesNotContain("\nYou owe", message.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', message.TextBody + message.HtmlBody + message.Subject);
        Assert.Contains("{0} %s", message.TextBody, StringComparison.Ordinal);

        // The only markup is that of a message whose texts are harmless.
        Assert.Equal(Tags(EmailTemplates.Compose(Filled(kind, "x"), s_options).HtmlBody), Tags(message.HtmlBody));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Very_long_texts_are_cut(OrderEmailKind kind)
    {
        var message = EmailTemplates.Compose(Filled(kind, string.Concat(Enumerable.Repeat("😀", 50_000))), s_options);

        Assert.InRange(message.TextBody.Length, 1, 10_000);
        Assert.InRange(message.Subject.Length, 1, 100);
        Assert.DoesNotContain('\uFFFD', message.TextBody + message.HtmlBody + message.Subject);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nothing_is_loaded_from_outside(OrderEmailKind kind)
    {
        var html = EmailTemplates.Compose(Filled(kind, "x"), s_options).HtmlBody;

        Assert.DoesNotMatch(Outside(), html);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", html, StringComparison.Ordinal);
    }

    /// <summary>What is not known is left out, without a trace.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_not_known_is_not_said(OrderEmailKind kind)
    {
        var message = EmailTemplates.Compose(
            Order(kind) with { Customer = new EmailAddress("", "ada@example.com"), PlacedAt = null, ShippingAddress = null }, s_options);

        Assert.StartsWith("Hello,\n", message.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("  \n", message.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("It goes to", message.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain(" of .", message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_do_not_depend_on_the_culture_of_the_machine()
    {
        var before = EmailTemplates.Compose(Order(OrderEmailKind.Confirmed), s_options);
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        culture.DateTimeFormat.MonthNames = [.. Enumerable.Range(1, 13).Select(month => $"month {month}")];
        var current = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.Equal(before, EmailTemplates.Compose(Order(OrderEmailKind.Confirmed), s_options));
        }
        finally
        {
            CultureInfo.CurrentCulture = current;
        }
    }

    [Fact]
    public void An_event_has_one_message_id()
    {
        var id = Guid.Parse("0198C0DE-0000-7000-8000-000000000001");

        Assert.Equal("0198c0de-0000-7000-8000-000000000001", EmailTemplates.MessageIdOf(id));
        Assert.Equal(
            EmailTemplates.MessageIdOf(id), EmailTemplates.Compose(Order(OrderEmailKind.Paid) with { EventId = id }, s_options).MessageId);
    }

    [Fact]
    public void A_kind_without_a_template_is_refused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => EmailTemplates.Compose(Order((OrderEmailKind)99), s_options));

    private static OrderEmail Order(OrderEmailKind kind) => new()
    {
        Kind = kind,
        EventId = Guid.Parse("0198c0de-0000-7000-8000-000000000002"),
        At = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero),
        OrderId = "o-17",
        Customer = new EmailAddress("Ada Lovelace", "ada@example.com"),
        Lines = [new OrderEmailLine("LAMP-1", "Desk lamp", 2, 1019.95m, 2039.90m), new OrderEmailLine("CABLE", null, 1, 0.1234m, 0.1234m)],
        Total = new Money(2040.0234m, "EUR"),
        PlacedAt = new DateTimeOffset(2026, 11, 21, 12, 58, 0, TimeSpan.FromHours(1)),
        ShippingAddress = new ShippingAddress("Ada Lovelace", "12 St James Square", null, "SW1Y 4JH", "London", "GB"),
    };

    /// <summary>The same text wherever a text can be.</summary>
    private static OrderEmail Filled(OrderEmailKind kind, string text) => Order(kind) with
    {
        OrderId = text,
        Customer = new EmailAddress(text, "ada@example.com"),
        Lines = [new OrderEmailLine(text, text, 1, 1, 1)],
        Total = new Money(1, "EUR"),
        ShippingAddress = new ShippingAddress(text, text, text, text, text, text),
        Reasons = [text, text],
        Carrier = text,
        TrackingNumber = text,
        Refunds = [new Money(1, "EUR")],
    };

    private static void AssertBoth(EmailMessage message, params IReadOnlyList<string> texts)
        => Assert.All(texts, text =>
        {
            Assert.Contains(text, message.TextBody, StringComparison.Ordinal);
            Assert.Contains(text, message.HtmlBody, StringComparison.Ordinal);
        });

    private static string[] Tags(string html) => [.. Tag().Matches(html).Select(match => match.Value)];

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("https?:|src=|href=|url\\(|@import|<script|<link|<img", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();
}
