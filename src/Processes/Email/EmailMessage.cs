using System.Text.RegularExpressions;

namespace Orderly.Processes.Email;

/// <summary>Somebody that a message is from or goes to.</summary>
/// <param name="Name">As it is shown; may be empty.</param>
/// <param name="Address"><c>local-part@domain</c>, without angle brackets.</param>
public sealed record EmailAddress(string Name, string Address);

/// <summary>A message of which both senders make the same bytes, whenever and how often they send it.</summary>
/// <param name="MessageId">
/// What tells this message from all others: 1 to 100 letters, digits, <c>-</c> and <c>_</c>. In the message, the domain of the sender's
/// address is put behind it. Also the file's name.
/// </param>
/// <param name="Date">When what the message tells has happened.</param>
/// <exception cref="ArgumentException">The message id has other characters.</exception>
public sealed partial record EmailMessage(
    string MessageId, EmailAddress From, EmailAddress To, string Subject, string TextBody, string HtmlBody, DateTimeOffset Date)
{
    public string MessageId { get; }
        = IdPattern().IsMatch(MessageId) ? MessageId : throw new ArgumentException($"'{MessageId}' is no message id.", nameof(MessageId));

    [GeneratedRegex("^[A-Za-z0-9_-]{1,100}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
