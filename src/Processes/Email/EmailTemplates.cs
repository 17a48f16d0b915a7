using Orderly.Domain;
using Orderly.Domain.Orders;

namespace Orderly.Processes.Email;

/// <summary>The messages that customers get. The same order and options make the same message.</summary>
public static class EmailTemplates
{
    /// <summary>The id of the message that tells of an event: whoever sends it again, sends it under the same one.</summary>
    public static string MessageIdOf(Guid eventId) => eventId.ToString("D");

    public static EmailMessage Compose(OrderEmail email, EmailOptions options)
    {
        var id = EmailText.OneLine(email.OrderId, 64);
        var (title, body) = email.Kind switch
        {
            OrderEmailKind.Confirmed => ($"Your order {id} is confirmed", (Action<EmailBody, OrderEmail>)Confirmed),
            OrderEmailKind.Rejected => ($"We can't accept your order {id}", Rejected),
            OrderEmailKind.Paid => ($"Your order {id} is paid", Paid),
            OrderEmailKind.Shipped => ($"Your order {id} is on its way", Shipped),
            OrderEmailKind.Cancelled => ($"Your order {id} is cancelled", Cancelled),
            _ => throw new ArgumentOutOfRangeException(nameof(email), email.Kind, "There is no template for it."),
        };
        var content = new EmailBody(title);
        var name = EmailText.OneLine(email.Customer.Name);
        content.Paragraph(name.Length > 0 ? $"Dear {name}," : "Hello,");
        body(content, email);
        var (text, html) = content.SignedBy(options.FromName);
        return new EmailMessage(
            MessageIdOf(email.EventId), new EmailAddress(options.FromName, options.FromAddress), email.Customer, title, text, html,
            email.At);
    }

    private static void Confirmed(EmailBody body, OrderEmail email)
    {
        body.Paragraph($"Thank you for your order{Placed(email)}. We have checked it and put everything aside for you.");
        body.Order(email.Lines, email.Total);
        Address(body, email.ShippingAddress);
        body.Paragraph($"We send it as soon as {EmailBody.Format(email.Total)} have been paid.");
    }

    private static void Rejected(EmailBody body, OrderEmail email)
    {
        body.Paragraph($"We are sorry: we can't accept your order{Placed(email)}.");
        body.List(email.Reasons.Count == 1 ? "The reason:" : "The reasons:", email.Reasons);
        body.Order(email.Lines, email.Total);
        Refunds(body, email.Refunds, "You owe us nothing. If you have paid already, you get your money back.");
    }

    private static void Paid(EmailBody body, OrderEmail email)
    {
        body.Paragraph($"We have received {EmailBody.Format(email.Total)} for your order. Thank you; we are getting it ready.");
        body.Order(email.Lines, email.Total);
        Address(body, email.ShippingAddress);
    }

    private static void Shipped(EmailBody body, OrderEmail email)
    {
        body.Paragraph(
            $"We have handed your order over{(email.Carrier is { } carrier ? $" to {carrier}" : "")} on {EmailBody.Format(email.At)}.");
        if (email.TrackingNumber is { } number)
        {
            body.Paragraph($"Tracking number: {number}");
        }

        Address(body, email.ShippingAddress);
        body.Order(email.Lines, email.Total);
    }

    private static void Cancelled(EmailBody body, OrderEmail email)
    {
        body.Paragraph($"Your order{Placed(email)} was cancelled on {EmailBody.Format(email.At)}.");
        body.List(email.Reasons.Count == 1 ? "The reason:" : "The reasons:", email.Reasons);
        body.Order(email.Lines, email.Total);
        Refunds(body, email.Refunds, "If you have paid already, you get your money back.");
    }

    private static string Placed(OrderEmail email) => email.PlacedAt is { } at ? $" of {EmailBody.Format(at)}" : "";

    private static void Address(EmailBody body, ShippingAddress? address)
    {
        if (address is null)
        {
            return;
        }

        string?[] lines = [address.Recipient, address.Line1, address.Line2, $"{address.PostalCode} {address.City}", address.Country];
        body.Block("It goes to:", lines.OfType<string>().Where(line => !string.IsNullOrWhiteSpace(line)));
    }

    /// <param name="otherwise">What to say when no refund is known, or not yet.</param>
    private static void Refunds(EmailBody body, IReadOnlyList<Money> refunds, string otherwise)
    {
        if (refunds.Count == 0)
        {
            body.Paragraph(otherwise);
            return;
        }

        body.List("We pay back to you:", [.. refunds.Select(EmailBody.Format)]);
    }
}
