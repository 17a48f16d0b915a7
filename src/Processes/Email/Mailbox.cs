using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MimeKit;
using Orderly.Domain.Validation;

namespace Orderly.Processes.Email;

/// <summary>Reads the addresses that messages are from or go to. What is one says the domain; MimeKit takes it apart.</summary>
internal static class Mailbox
{
    private static readonly ParserOptions s_strict = new()
    {
        AddressParserComplianceMode = RfcComplianceMode.Strict,
        AllowAddressesWithoutDomain = false,
    };

    private static readonly IdnMapping s_idn = new() { UseStd3AsciiRules = true };

    /// <summary>Reads an address that <see cref="EmailAddresses"/> takes.</summary>
    public static bool TryParse(string address, [NotNullWhen(true)] out MailboxAddress? mailbox)
    {
        mailbox = null;
        return EmailAddresses.IsValid(address) && MailboxAddress.TryParse(s_strict, address, out mailbox);
    }

    /// <summary>The domain as every mail server knows it, without letters beyond ASCII.</summary>
    public static string AsciiDomain(MailboxAddress mailbox) => s_idn.GetAscii(mailbox.Domain);

    /// <summary>Whether only servers with the extension SMTPUTF8 take the address.</summary>
    public static bool NeedsUtf8(MailboxAddress mailbox) => !Ascii.IsValid(mailbox.LocalPart);
}
