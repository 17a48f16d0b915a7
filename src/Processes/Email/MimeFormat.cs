using MimeKit;

namespace Orderly.Processes.Email;

/// <summary>Makes the message that is sent or written: two alternatives, text and HTML. The same message gives the same bytes.</summary>
internal static class MimeFormat
{
    /// <summary>Longer than any name or subject that can come up; servers limit the size of headers.</summary>
    private const int MaxHeader = 250;

    /// <summary>Can't be in a part: quoted-printable has no <c>=_</c>.</summary>
    private const string Boundary = "=_orderly-alternative";

    /// <summary>Lines end with CRLF, on every system.</summary>
    public static FormatOptions Options { get; } = CreateOptions();

    /// <exception cref="EmailRefusedException">The recipient's address is none that a message could be sent to.</exception>
    /// <exception cref="InvalidOperationException">The sender's address is none; options are checked before.</exception>
    public static MimeMessage Compose(EmailMessage message)
    {
        if (!Mailbox.TryParse(message.From.Address, out var from))
        {
            throw new InvalidOperationException("The sender's address is no e-mail address.");
        }

        if (!Mailbox.TryParse(message.To.Address, out var to))
        {
            throw new EmailRefusedException("The recipient's address is none that e-mail can be sent to.", isPermanent: true);
        }

        (from.Name, to.Name) = (Header(message.From.Name), Header(message.To.Name));
        var body = new MultipartAlternative(Part("plain", message.TextBody), Part("html", message.HtmlBody)) { Boundary = Boundary };
        var mime = new MimeMessage([from], [to], Header(message.Subject), body)
        {
            // MimeKit's own are made of the time, of chance and of this machine's name.
            Date = message.Date.ToUniversalTime(),
            MessageId = $"{message.MessageId}@{Mailbox.AsciiDomain(from)}",
        };
        mime.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return mime;
    }

    /// <summary>
    /// One line. MimeKit 4.18 leaves what looks like an encoded word as it is, and mail programs would decode it: an
    /// invisible character parts it.
    /// </summary>
    private static string Header(string value) => EmailText.OneLine(value, MaxHeader).Replace("=?", "=\u2060?", StringComparison.Ordinal);

    /// <summary>Quoted-printable suits every server, so that none makes MailKit encode it in another way.</summary>
    private static TextPart Part(string subtype, string text)
        => new(subtype) { Text = text, ContentTransferEncoding = ContentEncoding.QuotedPrintable };

    private static FormatOptions CreateOptions()
    {
        var options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        return options;
    }
}
