using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>Settings that can't work are told before anything is sent.</summary>
public class EmailOptionsTests
{
    private static readonly SmtpOptions s_smtp = new() { Host = "mail.example.com" };

    public static TheoryData<string, EmailOptions> Wrong => new()
    {
        { "Folder", new EmailOptions { Folder = " " } },
        { "FromName", new EmailOptions { FromName = "" } },
        { "FromName", new EmailOptions { FromName = "a\r\nBcc: b" } },
        { "FromAddress", new EmailOptions { FromAddress = "orders" } },
        { "FromAddress", new EmailOptions { FromAddress = "orders@example.com\r\nBcc: b@example.com" } },
        { "FromAddress", new EmailOptions { Smtp = s_smtp } },
        { "Smtp:Host", Smtp(s_smtp with { Host = "" }) },
        { "Smtp:Host", Smtp(s_smtp with { Host = "smtp://mail.example.com" }) },
        { "Smtp:Security", Smtp(s_smtp with { Security = (SmtpSecurity)9 }) },
        { "Smtp:UserName and Password", Smtp(s_smtp with { UserName = "user" }) },
        { "Smtp:UserName and Password", Smtp(s_smtp with { Password = "secret" }) },
        { "Smtp:UserName and Password", Smtp(s_smtp with { UserName = "user", Password = "sec\0ret" }) },
        { "a password is not sent", Smtp(s_smtp with { UserName = "user", Password = "secret", Security = SmtpSecurity.None }) },
        { "Smtp:TrustedCertificates", Smtp(s_smtp with { TrustedCertificates = "/there/is/none.pem" }) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_can_t_work_is_told_by_its_name(string setting, EmailOptions options)
    {
        var fault = Assert.Single(options.FindFaults());

        Assert.Contains(setting, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_work_is_not_complained_about()
    {
        Assert.Empty(new EmailOptions().FindFaults());
        Assert.Empty(Smtp(s_smtp).FindFaults());
        Assert.Empty(Smtp(s_smtp with { UserName = "user", Password = "secret", Security = SmtpSecurity.Tls, Port = 2465 }).FindFaults());
        Assert.Empty(Smtp(s_smtp with { Host = "192.0.2.1", Security = SmtpSecurity.None }).FindFaults());
    }

    private static EmailOptions Smtp(SmtpOptions smtp) => new() { FromAddress = "orders@shop.example.com", Smtp = smtp };
}
