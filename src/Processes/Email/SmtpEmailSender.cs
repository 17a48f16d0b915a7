using System.Text;

namespace Orderly.Processes.Email;

/// <summary>Hands messages over to a mail server (RFC 5321), each on a connection of its own.</summary>
public sealed class SmtpEmailSender(SmtpOptions options) : IEmailSender
{
    /// <summary>"Authentication required", "mechanism too weak", "credentials invalid", "encryption required" (RFC 4954).</summary>
    private static readonly int[] s_aboutUs = [530, 534, 535, 538];

    public async Task SendAsync(EmailMessage message, CancellationToken cancellationToken)
    {
        var (from, to) = message.Mailboxes();
        var content = MimeFormat.Write(message, from, to);
        var connection = new SmtpConnection(options);
        await using (connection.ConfigureAwait(false))
        {
            var extensions = await OpenAsync(connection, cancellationToken).ConfigureAwait(false);
            try
            {
                await HandOverAsync(connection, extensions, from, to, content, cancellationToken).ConfigureAwait(false);
            }
            catch (EmailRefusedException)
            {
                await CloseAsync(connection, cancellationToken).ConfigureAwait(false);
                throw;
            }

            await CloseAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Everything before the message: what fails here would fail for every message.</summary>
    /// <returns>What the server can do, each as a keyword with its parameters.</returns>
    private async Task<IReadOnlyList<string>> OpenAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        await connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (options.Security == SmtpSecurity.Tls)
        {
            await connection.SecureAsync(cancellationToken).ConfigureAwait(false);
        }

        Expect(await connection.ReadReplyAsync(cancellationToken).ConfigureAwait(false), "the connection");
        var extensions = await GreetAsync().ConfigureAwait(false);
        if (options.Security == SmtpSecurity.StartTls)
        {
            if (!extensions.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
            {
                throw connection.Unavailable("does not offer STARTTLS");
            }

            Expect(await connection.AskAsync("STARTTLS", cancellationToken).ConfigureAwait(false), "STARTTLS");
            await connection.SecureAsync(cancellationToken).ConfigureAwait(false);

            // What was said before it was protected is forgotten.
            extensions = await GreetAsync().ConfigureAwait(false);
        }

        if (!string.IsNullOrEmpty(options.UserName))
        {
            await LogInAsync(connection, extensions, options.UserName, options.Password ?? "", cancellationToken).ConfigureAwait(false);
        }

        return extensions;

        async Task<IReadOnlyList<string>> GreetAsync()
        {
            var reply = await connection.AskAsync($"EHLO {connection.OwnName}", cancellationToken).ConfigureAwait(false);
            Expect(reply, "EHLO");
            return [.. reply.Lines.Skip(1)];
        }

        void Expect(SmtpReply reply, string step)
        {
            if (!reply.IsPositive)
            {
                throw connection.Unavailable($"refused {step}: {reply}");
            }
        }
    }

    /// <summary>PLAIN (RFC 4616), or else LOGIN, which some servers have alone.</summary>
    private static async Task LogInAsync(
        SmtpConnection connection, IReadOnlyList<string> extensions, string userName, string password, CancellationToken cancellationToken)
    {
        var offered = extensions
            .Select(one => one.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is [var keyword, ..] && keyword.Equals("AUTH", StringComparison.OrdinalIgnoreCase))
            .SelectMany(words => words.Skip(1))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        SmtpReply reply;
        if (offered.Contains("PLAIN"))
        {
            reply = await connection.AskAsync($"AUTH PLAIN {Base64($"\0{userName}\0{password}")}", cancellationToken).ConfigureAwait(false);
        }
        else if (offered.Contains("LOGIN"))
        {
            reply = await connection.AskAsync("AUTH LOGIN", cancellationToken).ConfigureAwait(false);
            foreach (var answer in new[] { userName, password })
            {
                reply = reply.Code == 334 ? await connection.AskAsync(Base64(answer), cancellationToken).ConfigureAwait(false) : reply;
            }
        }
        else
        {
            throw connection.Unavailable("offers no way to log in that is known here (PLAIN, LOGIN)");
        }

        if (reply.Code != 235)
        {
            throw connection.Unavailable($"refused the user name and password: {reply}");
        }

        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    }

    private static async Task HandOverAsync(
        SmtpConnection connection, IReadOnlyList<string> extensions, Mailbox from, Mailbox to, byte[] content, CancellationToken cancellationToken)
    {
        var isUtf8 = from.NeedsUtf8 || to.NeedsUtf8;
        if (isUtf8 && !extensions.Contains("SMTPUTF8", StringComparer.OrdinalIgnoreCase))
        {
            throw new EmailRefusedException("The mail server does not take addresses beyond ASCII (SMTPUTF8).", isPermanent: true);
        }

        var reply = await connection.AskAsync($"MAIL FROM:<{from}>{(isUtf8 ? " SMTPUTF8" : "")}", cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive)
        {
            // The sender is the same for every message.
            throw connection.Unavailable($"refused the sender: {reply}");
        }

        reply = await connection.AskAsync($"RCPT TO:<{to}>", cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive)
        {
            throw Refusal("the recipient");
        }

        reply = await connection.AskAsync("DATA", cancellationToken).ConfigureAwait(false);
        if (reply.Code != 354)
        {
            throw Refusal("the message");
        }

        reply = await connection.AskAsync(Transparent(content), cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive)
        {
            throw Refusal("the message");
        }

        Exception Refusal(string what)
        {
            var said = reply.ToString().Replace(to.ToString(), "recipient", StringComparison.OrdinalIgnoreCase);
            return reply.Code < 400 || reply.IsClosing || s_aboutUs.Contains(reply.Code)
                ? connection.Unavailable($"did not take {what}: {said}")
                : new EmailRefusedException($"The mail server refused {what}: {said}", isPermanent: reply.Code >= 500);
        }
    }

    /// <summary>Says goodbye. What becomes of the message is decided, so nothing that happens now matters.</summary>
    private static async Task CloseAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.AskAsync("QUIT", cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EmailUnavailableException or OperationCanceledException)
        {
            // An error here would make the caller send the message a second time.
        }
    }

    /// <summary>A point before each line that begins with one, and a point alone at the end (RFC 5321, section 4.5.2).</summary>
    private static byte[] Transparent(ReadOnlySpan<byte> content)
    {
        var bytes = new List<byte>(content.Length + 64);
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] == '.' && (i == 0 || content[i - 1] == '\n'))
            {
                bytes.Add((byte)'.');
            }

            bytes.Add(content[i]);
        }

        bytes.AddRange(".\r\n"u8);
        return [.. bytes];
    }
}
