using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

internal static class Mails
{
    public static EmailMessage Of(
        string id = "m-1",
        string name = "Ada Lovelace",
        string address = "ada@example.com",
        string subject = "Your order",
        string text = "Hello.",
        string html = "<p>Hello.</p>",
        string fromName = "The Shop",
        string fromAddress = "orders@shop.example.com")
        => new(
            id,
            new EmailAddress(fromName, fromAddress),
            new EmailAddress(name, address),
            subject,
            text,
            html,
            new DateTimeOffset(2026, 11, 1, 9, 5, 3, TimeSpan.FromHours(2)));
}
