using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>What a mail server gets to see, and what its answers mean.</summary>
public class SmtpEmailSenderTests
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    [Fact]
    public async Task A_message_arrives_as_it_was_written()
    {
        await using var server = new MailServer();
        var message = Mails.Of(text: "Grüße\n\nZeile = 1, \t\nund Ende ", html: "<p>Grüße &amp; 日本</p>");

        await new SmtpEmailSender(server.Options).SendAsync(message, Patience);

        Assert.Equal(
            ["EHLO [127.0.0.1]", "MAIL FROM:<orders@shop.example.com>", "RCPT TO:<ada@example.com>", "DATA", "QUIT"], server.Commands);
        var mail = ParsedMail.Parse(Assert.Single(server.Contents));
        Assert.Equal("The Shop <orders@shop.example.com>", mail.Header("From"));
        Assert.Equal("Ada Lovelace <ada@example.com>", mail.Header("To"));
        Assert.Equal("Your order", mail.Header("Subject"));
        Assert.Equal("Sun, 01 Nov 2026 07:05:03 +0000", mail.Header("Date"));
        Assert.Equal("<m-1@shop.example.com>", mail.Header("Message-ID"));
        Assert.Equal("auto-generated", mail.Header("Auto-Submitted"));
        Assert.Equal("1.0", mail.Header("MIME-Version"));
        Assert.Equal(message.TextBody, mail.Text);
        Assert.Equal(message.HtmlBody, mail.Html);
        AssertFit(mail);
    }

    [Theory]
    [InlineData("Zoë Łęcka")]
    [InlineData("日本太郎、とても長い名前なので一行には収まらないはずの人です。まだまだ続きます")]
    [InlineData("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀")]
    [InlineData("a name of plain letters that is so long that it does not fit into one line of a header at all")]
    [InlineData("=?utf-8?B?QmNj?=")]
    public async Task Names_and_subjects_beyond_ascii_come_back(string text)
    {
        await using var server = new MailServer();

        await new SmtpEmailSender(server.Options).SendAsync(Mails.Of(name: text, subject: text, fromName: text), Patience);

        var mail = ParsedMail.Parse(Assert.Single(server.Contents));
        Assert.Equal($"{text} <ada@example.com>", Seen(mail.Header("To")));
        Assert.Equal($"{text} <orders@shop.example.com>", Seen(mail.Header("From")));
        Assert.Equal(text, Seen(mail.Header("Subject")));
        AssertFit(mail);

        // A text that looks like an encoded word has an invisible character in it.
        static string Seen(string text) => text.Replace("\u2060", "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quotes_in_a_name_stay_inside_it()
    {
        await using var server = new MailServer();

        await new SmtpEmailSender(server.Options).SendAsync(Mails.Of(name: "Ada \"x\" <eve@example.com>, \\"), Patience);

        Assert.Equal(
            "\"Ada \\\"x\\\" <eve@example.com>, \\\\\" <ada@example.com>", ParsedMail.Parse(Assert.Single(server.Contents)).Header("To"));
    }

    [Theory]
    [InlineData("Ada\r\nBcc: eve@example.com")]
    [InlineData("Ada\nBcc: eve@example.com")]
    [InlineData("Ada\r\n\r\nBcc: eve@example.com")]
    [InlineData("Ada\u2028Bcc: eve@example.com\u0000\u0085")]
    [InlineData("Zoë\r\nBcc: eve@example.com")]
    public async Task A_line_break_starts_no_header(string text)
    {
        await using var server = new MailServer();

        await new SmtpEmailSender(server.Options).SendAsync(Mails.Of(name: text, subject: text, fromName: text), Patience);

        var mail = ParsedMail.Parse(Assert.Single(server.Contents));
        Assert.Equal(
            ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-Id", "Subject", "To"],
            mail.Headers.Select(header => header.Key).Order(StringComparer.Ordinal));
        Assert.EndsWith("Bcc: eve@example.com", mail.Header("Subject"), StringComparison.Ordinal);
        Assert.Equal(["MAIL", "RCPT"], server.Commands.Select(one => one.Split(' ')[0]).Where(verb => verb is "MAIL" or "RCPT"));
    }

    [Theory]
    [InlineData("ada@example.com\r\nRCPT TO:<eve@example.com>")]
    [InlineData("ada@example.com>\r\nDATA")]
    [InlineData("ada@example.com> SIZE=1")]
    [InlineData("ada@example.com,eve@example.com")]
    [InlineData("<ada@example.com>")]
    [InlineData("ada lovelace@example.com")]
    [InlineData("\"ada\"lovelace\"@example.com")]
    [InlineData("ada\u2028@example.com")]
    [InlineData("ada\ud800@example.com")]
    [InlineData(".ada@example.com")]
    [InlineData("ada.@example.com")]
    [InlineData("ada..l@example.com")]
    [InlineData("ada@exa mple.com")]
    [InlineData("ada@-example.com")]
    [InlineData("ada@example..com")]
    [InlineData("ada@exa_mple.com")]
    [InlineData("ada@[127.0.0.1]")]
    [InlineData("ada(x)@example.com")]
    [InlineData(" ada@example.com")]
    [InlineData("Ada <ada@example.com>")]
    [InlineData("<@example.org:ada@example.com>")]
    [InlineData("\"ada\tlovelace\"@example.com")]
    [InlineData("ada\u202e@example.com")]
    [InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-12345@example.com")]
    [InlineData("ada@")]
    [InlineData("@example.com")]
    [InlineData("ada")]
    [InlineData("")]
    public async Task What_is_no_address_is_refused_before_any_server_is_asked(string address)
    {
        await using var server = new MailServer();

        var refused = await Assert.ThrowsAsync<EmailRefusedException>(
            () => new SmtpEmailSender(server.Options).SendAsync(Mails.Of(address: address), Patience));

        Assert.True(refused.IsPermanent);
        Assert.Equal(0, server.Connections);
    }

    [Theory]
    [InlineData("a.b+c=d/e!#$%&'*?^_`{|}~-1@example.com", "a.b+c=d/e!#$%&'*?^_`{|}~-1@example.com")]
    [InlineData("\"ada lovelace\"@example.com", "\"ada lovelace\"@example.com")]
    [InlineData("ada@bücher.example", "ada@xn--bcher-kva.example")]
    public async Task Every_address_that_a_server_understands_is_tried(string address, string sent)
    {
        await using var server = new MailServer { Extensions = ["8BITMIME", "SMTPUTF8"] };

        await new SmtpEmailSender(server.Options).SendAsync(Mails.Of(address: address), Patience);

        // Servers further on may lack SMTPUTF8.
        Assert.Contains("MAIL FROM:<orders@shop.example.com>", server.Commands);
        Assert.Contains($"RCPT TO:<{sent}>", server.Commands);
        Assert.EndsWith($"<{sent}>", ParsedMail.Parse(Assert.Single(server.Contents)).Header("To"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_beyond_ascii_needs_a_server_that_takes_it()
    {
        await using var able = new MailServer { Extensions = ["8BITMIME", "SMTPUTF8"] };
        await using var unable = new MailServer();
        var message = Mails.Of(address: "zoë@bücher.example");

        await new SmtpEmailSender(able.Options).SendAsync(message, Patience);
        var refused = await Assert.ThrowsAsync<EmailRefusedException>(
            () => new SmtpEmailSender(unable.Options).SendAsync(message, Patience));

        Assert.Contains("MAIL FROM:<orders@shop.example.com> SMTPUTF8", able.Commands);
        Assert.Contains("RCPT TO:<zoë@bücher.example>", able.Commands);
        Assert.Equal("Ada Lovelace <zoë@xn--bcher-kva.example>", ParsedMail.Parse(Assert.Single(able.Contents)).Header("To"));
        Assert.True(refused.IsPermanent);
        Assert.Empty(unable.Contents);
    }

    [Fact]
    public async Task Points_blanks_and_long_lines_come_through()
    {
        await using var server = new MailServer();
        var text = $".\n..\n.hidden\nFrom here\n{new string('x', 5000)}\n{string.Concat(Enumerable.Repeat("ü", 3000))}\n\t \nend =20";

        await new SmtpEmailSender(server.Options).SendAsync(Mails.Of(text: text, html: text), Patience);

        var mail = ParsedMail.Parse(Assert.Single(server.Contents));
        Assert.Equal(text, mail.Text);
        Assert.Equal(text, mail.Html);
        Assert.Equal(5, server.Commands.Count);
        AssertFit(mail);
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 <ada@example.com>: user unknown", true)]
    [InlineData("RCPT", "553 no", true)]
    [InlineData("RCPT", "450 greylisted", false)]
    [InlineData("RCPT", "451 later", false)]
    [InlineData("RCPT", "452-too many\n452 recipients", false)]
    [InlineData("DATA", "554 no", true)]
    [InlineData("DATA", "451 later", false)]
    [InlineData(MailServer.Content, "554 5.7.1 spam", true)]
    [InlineData(MailServer.Content, "452 full", false)]
    [InlineData("RCPT", "600 what", false)]
    [InlineData(MailServer.Content, "999 what", false)]
    public async Task A_message_that_a_server_refuses_says_whether_for_good(string step, string answer, bool isPermanent)
    {
        await using var server = new MailServer((step, answer));

        var refused = await Assert.ThrowsAsync<EmailRefusedException>(
            () => new SmtpEmailSender(server.Options).SendAsync(Mails.Of(), Patience));

        Assert.Equal(isPermanent, refused.IsPermanent);
        Assert.Contains(answer[..3], refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@example.com", refused.Message, StringComparison.Ordinal);
        Assert.Equal("QUIT", server.Commands[^1]);
    }

    [Theory]
    [InlineData(MailServer.Greeting, "421 busy")]
    [InlineData(MailServer.Greeting, "554 go away")]
    [InlineData(MailServer.Greeting, "SSH-2.0-OpenSSH_9.2")]
    [InlineData(MailServer.Greeting, "99")]
    [InlineData("EHLO", "421 shutting down")]
    [InlineData("EHLO", "nonsense")]
    [InlineData("MAIL", "421 shutting down")]
    [InlineData("MAIL", "550 5.7.1 the sender is not allowed")]
    [InlineData("MAIL", "530 5.7.0 authentication required")]
    [InlineData("MAIL", "451 later")]
    [InlineData("RCPT", "421 shutting down")]
    [InlineData("RCPT", "530 5.7.0 authentication required")]
    [InlineData("DATA", "421 shutting down")]
    [InlineData("DATA", "250 what?")]
    [InlineData(MailServer.Content, "421 shutting down")]
    [InlineData(MailServer.Greeting, MailServer.Close)]
    [InlineData("EHLO", MailServer.Close)]
    [InlineData("MAIL", MailServer.Close)]
    [InlineData("RCPT", MailServer.Close)]
    [InlineData("DATA", MailServer.Close)]
    [InlineData(MailServer.Content, MailServer.Close)]
    public async Task What_is_not_about_the_message_is_told_apart(string step, string answer)
    {
        await using var server = new MailServer((step, answer));

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(server.Options).SendAsync(Mails.Of(), Patience));

        Assert.Contains($"127.0.0.1:{server.Port}", unavailable.Message, StringComparison.Ordinal);
    }

    /// <summary>A server may know HELO alone (RFC 5321, section 3.2). It then has no extensions, and no TLS.</summary>
    [Theory]
    [InlineData("502 what?", false)]
    [InlineData("250 mail.example.com", true)]
    public async Task A_server_without_extensions_is_used_when_it_knows_helo(string answer, bool isUsed)
    {
        await using var server = new MailServer(("EHLO", "502 what?"), ("HELO", answer));

        var sending = new SmtpEmailSender(server.Options).SendAsync(Mails.Of(), Patience);

        await (isUsed ? sending : Assert.ThrowsAsync<EmailUnavailableException>(() => sending));
        Assert.Equal(isUsed ? 1 : 0, server.Contents.Count);
        await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(server.Options with { Security = SmtpSecurity.StartTls }).SendAsync(Mails.Of(), Patience));
    }

    /// <summary>Answers that come together, and a limit on sizes, change nothing in what is refused.</summary>
    [Theory]
    [InlineData("MAIL", "451 later", null)]
    [InlineData("RCPT", "550 unknown", true)]
    [InlineData("RCPT", "450 greylisted", false)]
    [InlineData("RCPT", MailServer.Close, null)]
    [InlineData(MailServer.Content, "552 too big", true)]
    public async Task Extensions_do_not_change_what_a_refusal_means(string step, string answer, bool? isPermanent)
    {
        await using var server = new MailServer((step, answer)) { Extensions = ["PIPELINING", "SIZE 10", "DSN", "CHUNKING", "BINARYMIME"] };

        var failure = await Record.ExceptionAsync(() => new SmtpEmailSender(server.Options).SendAsync(Mails.Of(), Patience));

        Assert.Equal(isPermanent, (failure as EmailRefusedException)?.IsPermanent);
        Assert.Equal(isPermanent is null, failure is EmailUnavailableException);
        Assert.Contains("MAIL FROM:<orders@shop.example.com>", server.Commands);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        // The port is taken, and nobody listens there.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        var sender = new SmtpEmailSender(new SmtpOptions { Host = "127.0.0.1", Port = port, Security = SmtpSecurity.None });

        await Assert.ThrowsAsync<EmailUnavailableException>(() => sender.SendAsync(Mails.Of(), Patience));
    }

    [Fact]
    public async Task An_answer_without_an_end_is_not_read_for_ever()
    {
        await using var line = new MailServer((MailServer.Greeting, $"220 {new string('x', 100_000)}"));
        await using var lines = new MailServer(("EHLO", string.Join('\n', Enumerable.Repeat("250-x", 10_000))));

        await Assert.ThrowsAsync<EmailUnavailableException>(() => new SmtpEmailSender(line.Options).SendAsync(Mails.Of(), Patience));
        await Assert.ThrowsAsync<EmailUnavailableException>(() => new SmtpEmailSender(lines.Options).SendAsync(Mails.Of(), Patience));
    }

    [Theory]
    [InlineData(MailServer.Greeting, MailServer.Silence)]
    [InlineData(MailServer.Greeting, "")]
    [InlineData("RCPT", MailServer.Silence)]
    [InlineData(MailServer.Content, MailServer.Silence)]
    public async Task A_server_that_says_nothing_is_not_waited_for_without_end(string step, string answer)
    {
        await using var server = new MailServer((step, answer));
        var sender = new SmtpEmailSender(server.Options with { Timeout = TimeSpan.FromMilliseconds(200) });

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(() => sender.SendAsync(Mails.Of(), Patience));

        Assert.Contains("00:00:00.2", unavailable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_goes_on_answering_is_not_waited_for_either()
    {
        await using var server = new MailServer(("RCPT", MailServer.Trickle));
        var sender = new SmtpEmailSender(server.Options with { Timeout = TimeSpan.FromMilliseconds(500) });

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(() => sender.SendAsync(Mails.Of(), Patience));

        Assert.Contains("00:00:00.5", unavailable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sending_can_be_cancelled()
    {
        await using var server = new MailServer(("RCPT", MailServer.Silence));
        using var cancellation = new CancellationTokenSource();
        var patience = Patience;
        var sending = new SmtpEmailSender(server.Options).SendAsync(Mails.Of(), cancellation.Token);
        while (server.Commands.Count < 3)
        {
            await Task.Delay(5, patience);
        }

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    /// <summary>Once the server has taken a message over, nothing may make the caller send it again.</summary>
    [Theory]
    [InlineData(MailServer.Close)]
    [InlineData("500 what?")]
    [InlineData("nonsense")]
    public async Task What_happens_after_the_message_was_taken_over_does_not_matter(string answer)
    {
        await using var server = new MailServer(("QUIT", answer));

        await new SmtpEmailSender(server.Options).SendAsync(Mails.Of(), Patience);

        Assert.Single(server.Contents);
    }

    [Fact]
    public async Task Sent_again_after_a_broken_connection_it_is_the_same_message_to_the_byte()
    {
        await using var server = new MailServer();
        server.Once.Enqueue((MailServer.Content, MailServer.Close));
        var sender = new SmtpEmailSender(server.Options);

        await Assert.ThrowsAsync<EmailUnavailableException>(() => sender.SendAsync(Mails.Of(), Patience));
        await sender.SendAsync(Mails.Of(), Patience);

        Assert.Equal(2, server.Contents.Count);
        Assert.Equal(server.Contents[0], server.Contents[1]);
    }

    [Theory]
    [InlineData("AUTH PLAIN LOGIN")]
    [InlineData("auth plain")]
    public async Task The_password_goes_out_under_tls(string offer)
    {
        using var trusted = new TrustedServer(offer, "STARTTLS");
        await using var server = trusted.Start();

        await new SmtpEmailSender(trusted.Options(server) with { UserName = "usér", Password = "pässword" })
            .SendAsync(Mails.Of(), Patience);

        Assert.Equal(
            ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"], server.Commands.Select(one => one.Split(' ')[0]));
        Assert.Equal("\0usér\0pässword", Encoding.UTF8.GetString(Convert.FromBase64String(server.Commands[3].Split(' ')[2])));
        Assert.Single(server.Contents);
    }

    [Fact]
    public async Task A_server_that_knows_only_login_is_logged_in_to_that_way()
    {
        using var trusted = new TrustedServer("AUTH LOGIN XOAUTH2", "STARTTLS");
        await using var server = trusted.Start(
            ("AUTH", "334 VXNlcm5hbWU6"), ("dXNlcg==", "334 UGFzc3dvcmQ6"), ("cGFzc3dvcmQ=", "235 welcome"));

        await new SmtpEmailSender(trusted.Options(server) with { UserName = "user", Password = "password" })
            .SendAsync(Mails.Of(), Patience);

        Assert.Single(server.Contents);
    }

    /// <summary>System.Net.Mail goes on without having logged in, and the server then refuses each recipient for good.</summary>
    [Theory]
    [InlineData("AUTH PLAIN", "535 5.7.8 no", "")]
    [InlineData("AUTH PLAIN", "454 not now", "")]
    [InlineData("AUTH LOGIN", "334 VXNlcm5hbWU6", "535 5.7.8 no")]
    [InlineData("AUTH CRAM-MD5", "", "")]
    [InlineData("8BITMIME", "", "")]
    public async Task Without_being_let_in_no_message_is_sent(string offer, string answer, string second)
    {
        using var trusted = new TrustedServer(offer, "STARTTLS");
        await using var server = trusted.Start(("AUTH", answer), ("dXNlcg==", second));

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(trusted.Options(server) with { UserName = "user", Password = "secret" })
                .SendAsync(Mails.Of(), Patience));

        Assert.DoesNotContain("secret", unavailable.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Commands, one => one.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tls_can_start_with_the_first_byte()
    {
        using var trusted = new TrustedServer("AUTH PLAIN");
        await using var server = trusted.Start(isTls: true);

        await new SmtpEmailSender(trusted.Options(server) with { Security = SmtpSecurity.Tls, UserName = "user", Password = "password" })
            .SendAsync(Mails.Of(), Patience);

        Assert.Equal("EHLO", server.Commands[0].Split(' ')[0]);
        Assert.Single(server.Contents);
    }

    [Fact]
    public async Task A_server_without_starttls_gets_nothing()
    {
        using var trusted = new TrustedServer("AUTH PLAIN");
        await using var server = trusted.Start();

        await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(trusted.Options(server) with { UserName = "user", Password = "password" })
                .SendAsync(Mails.Of(), Patience));

        Assert.Equal("EHLO", Assert.Single(server.Commands).Split(' ')[0]);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("mail.example.com", true)]
    public async Task A_server_whose_certificate_is_not_trusted_gets_nothing(string name, bool isAuthorityTrusted)
    {
        using var trusted = new TrustedServer(name, "STARTTLS", "AUTH PLAIN");
        await using var server = trusted.Start();
        var options = isAuthorityTrusted ? trusted.Options(server) : trusted.Options(server) with { TrustedCertificates = null };

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(options with { UserName = "user", Password = "password" }).SendAsync(Mails.Of(), Patience));

        Assert.Contains("certificate", unavailable.Message, StringComparison.Ordinal);
        Assert.Equal(["EHLO", "STARTTLS"], server.Commands.Select(one => one.Split(' ')[0]));
    }

    /// <summary>Somebody in between could put answers there that would be read as the server's own.</summary>
    [Fact]
    public async Task What_comes_with_the_answer_to_starttls_is_not_believed()
    {
        using var trusted = new TrustedServer("STARTTLS");
        await using var server = trusted.Start(("STARTTLS", "220 go on\n250-believe me\n250 AUTH PLAIN"));

        await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(trusted.Options(server) with { UserName = "user", Password = "password" })
                .SendAsync(Mails.Of(), Patience));

        Assert.DoesNotContain(server.Commands, one => one.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_authorities_that_can_t_be_read_is_told()
    {
        using var trusted = new TrustedServer("STARTTLS");
        await using var server = trusted.Start();
        var options = trusted.Options(server);
        await File.WriteAllTextAsync(
            options.TrustedCertificates!, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Patience);

        await Assert.ThrowsAsync<EmailUnavailableException>(() => new SmtpEmailSender(options).SendAsync(Mails.Of(), Patience));
    }

    /// <summary>ASCII, and no line longer than RFC 5322 recommends; MimeKit 4.18 does not count the header's name.</summary>
    private static void AssertFit(ParsedMail mail)
    {
        Assert.True(Ascii.IsValid(mail.Raw));
        Assert.All(mail.Raw.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78 + "Subject".Length));
    }

    /// <summary>A server with a certificate, and a file that says to trust it.</summary>
    private sealed class TrustedServer : IDisposable
    {
        private readonly string _file = Path.GetTempFileName();
        private readonly X509Certificate2 _certificate;
        private readonly string[] _extensions;

        public TrustedServer(params string[] extensions)
        {
            var name = extensions[0].Contains('.', StringComparison.Ordinal) ? extensions[0] : "127.0.0.1";
            _extensions = [.. extensions.Where(one => one != name)];
            _certificate = MailServer.CreateCertificate(name);
            File.WriteAllText(_file, _certificate.ExportCertificatePem());
        }

        public MailServer Start(params (string Step, string Answer)[] answers) => Start(false, answers);

        public MailServer Start(bool isTls, params (string Step, string Answer)[] answers)
            => new(
                [.. answers.Where(one => one.Answer.Length > 0)])
            { Certificate = _certificate, Extensions = _extensions, IsTls = isTls };

        public SmtpOptions Options(MailServer server)
            => server.Options with { Security = SmtpSecurity.StartTls, TrustedCertificates = _file };

        public void Dispose()
        {
            File.Delete(_file);
            _certificate.Dispose();
        }
    }
}
