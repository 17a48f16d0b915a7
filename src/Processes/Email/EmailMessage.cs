using System.Text.RegularExpressions;

namespace Orderly.Processes.Email;

/// <summary>Somebody that a message is from or goes to.</summary>
/// <param name="Name">As it is shown; may be empty.</param>
/// <param name="Address"><c>local-part@domain</c>, without angle brackets.</param>
public sealed record EmailAddress(string Name, string Address);

/// <summary>A message of which both senders make the same bytes, whenever and how often they send it.</summary>
public sealed partial record EmailMessage
{
    /// <param name="messageId">
    /// The part of the <c>Message-ID</c> before the <c>@</c>: 1 to 100 letters, digits, <c>-</c> and <c>_</c>. Also the file's name.
    /// </param>
    /// <exception cref="ArgumentException">The message id has other characters.</exception>
    public EmailMessage(
        string messageId, EmailAddress from, EmailAddress to, string subject, string textBody, string htmlBody, DateTimeOffset date)
    {
        if (!IdPattern().IsMatch(messageId))
        {
            throw new ArgumentException($"'{messageId}' is no message id.", nameof(messageId));
        }

        (MessageId, From, To, Subject, TextBody, HtmlBody, Date) = (messageId, from, to, subject, textBody, htmlBody, date);
    }

    /// <summary>What tells this message from all others. The domain of the sender's address is put behind it in the message.</summary>
    public string MessageId { get; }

    public EmailAddress From { get; }

    public EmailAddress To { get; }

    public string Subject { get; }

    public string TextBody { get; }

    public string HtmlBody { get; }

    /// <summary>When what the message tells has happened.</summary>
    public DateTimeOffset Date { get; }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,100}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
