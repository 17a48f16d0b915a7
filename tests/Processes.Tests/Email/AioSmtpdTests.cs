using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>Messages as a mail server and a parser of somebody else's making take them.</summary>
public class AioSmtpdTests
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    [SkippableTheory]
    [InlineData(SmtpSecurity.None)]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task A_message_arrives_as_it_was_written(SmtpSecurity security)
    {
        using var server = await AioSmtpd.StartAsync(security, Patience);
        var text = $"Grüße\n.\n..hidden\nFrom here \n{new string('x', 3000)}\n";

        var message = Mails.Of(name: "Zoë \"x\", Łęcka", subject: "Grüße 日本", text: text, html: "<p>日本</p>\n");

        await new SmtpEmailSender(server.Options).SendAsync(message, Patience);

        var mail = await server.ReadAsync(Patience);
        var headers = mail.GetProperty("headers");
        Assert.Equal(security != SmtpSecurity.None, mail.GetProperty("tls").GetBoolean());
        Assert.Equal(server.Options.UserName, mail.GetProperty("user").GetString());
        Assert.Equal("orders@shop.example.com", mail.GetProperty("sender").GetString());
        Assert.Equal("ada@example.com", Assert.Single(mail.GetProperty("recipients").EnumerateArray()).GetString());
        Assert.Equal("The Shop <orders@shop.example.com>", headers.GetProperty("From").GetString());
        Assert.Equal("\"Zoë \\\"x\\\", Łęcka\" <ada@example.com>", headers.GetProperty("To").GetString());
        Assert.Equal("Grüße 日本", headers.GetProperty("Subject").GetString());
        Assert.Equal("<m-1@shop.example.com>", headers.GetProperty("Message-Id").GetString());
        Assert.Equal("Sun, 01 Nov 2026 07:05:03 +0000", headers.GetProperty("Date").GetString());
        Assert.Equal("auto-generated", headers.GetProperty("Auto-Submitted").GetString());
        Assert.Equal(0, mail.GetProperty("defects").GetInt32());
        Assert.Equal(text, mail.GetProperty("text").GetString());
        Assert.Equal("<p>日本</p>\n", mail.GetProperty("html").GetString());
    }

    [SkippableTheory]
    [InlineData("unknown@example.com", "Your order", true, "550 5.1.1 <recipient>")]
    [InlineData("greylisted@example.com", "Your order", false, "451 4.7.1")]
    [InlineData("ada@example.com", "advertising", true, "554 5.7.1")]
    public async Task A_refusal_says_whether_it_is_for_good(string address, string subject, bool isPermanent, string answer)
    {
        using var server = await AioSmtpd.StartAsync(SmtpSecurity.None, Patience);
        var sender = new SmtpEmailSender(server.Options);
        var message = Mails.Of(address: address, subject: subject);

        var refused = await Assert.ThrowsAsync<EmailRefusedException>(() => sender.SendAsync(message, Patience));

        Assert.Equal(isPermanent, refused.IsPermanent);
        Assert.Contains(answer, refused.Message, StringComparison.Ordinal);
        if (!isPermanent)
        {
            await sender.SendAsync(message, Patience);
            Assert.Equal(address, Assert.Single((await server.ReadAsync(Patience)).GetProperty("recipients").EnumerateArray()).GetString());
        }
    }

    [SkippableFact]
    public async Task A_message_sent_again_is_the_same()
    {
        using var server = await AioSmtpd.StartAsync(SmtpSecurity.StartTls, Patience);
        var sender = new SmtpEmailSender(server.Options);

        await sender.SendAsync(Mails.Of(), Patience);
        await sender.SendAsync(Mails.Of(), Patience);

        Assert.Equal((await server.ReadAsync(Patience)).GetRawText(), (await server.ReadAsync(Patience)).GetRawText());
    }

    [SkippableTheory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task A_wrong_password_stops_all_messages(SmtpSecurity security)
    {
        using var server = await AioSmtpd.StartAsync(security, Patience);

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(server.Options with { Password = "wrong" }).SendAsync(Mails.Of(), Patience));

        Assert.Contains("535", unavailable.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", unavailable.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_server_that_is_not_trusted_gets_nothing()
    {
        using var server = await AioSmtpd.StartAsync(SmtpSecurity.Tls, Patience);

        await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(server.Options with { TrustedCertificates = null }).SendAsync(Mails.Of(), Patience));
    }

    /// <summary>The server wants STARTTLS and a log-in. Who does neither gets an answer about that, and not about the recipient.</summary>
    [SkippableTheory]
    [InlineData(SmtpSecurity.None)]
    [InlineData(SmtpSecurity.StartTls)]
    public async Task A_server_that_wants_a_log_in_refuses_all_messages_alike(SmtpSecurity security)
    {
        using var server = await AioSmtpd.StartAsync(SmtpSecurity.StartTls, Patience);
        var options = server.Options with { Security = security, UserName = null, Password = null };

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(
            () => new SmtpEmailSender(options).SendAsync(Mails.Of(), Patience));

        Assert.Contains(security == SmtpSecurity.None ? "STARTTLS" : "Authentication", unavailable.Message, StringComparison.Ordinal);
    }
}
