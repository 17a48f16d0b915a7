using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MimeKit;

namespace Orderly.Processes.Email;

/// <summary>Reads the addresses that messages are from or go to. The parser is MimeKit's; the rules here make it strict.</summary>
internal static class Mailbox
{
    /// <summary>RFC 5321, section 4.5.3.1.1.</summary>
    private const int MaxLocalBytes = 64;

    private static readonly ParserOptions s_strict = new()
    {
        AddressParserComplianceMode = RfcComplianceMode.Strict,
        AllowAddressesWithoutDomain = false,
    };

    private static readonly IdnMapping s_idn = new() { UseStd3AsciiRules = true };

    /// <summary>
    /// Reads an address as RFC 5321, section 4.1.2, and RFC 6531 write it: without a name, brackets, comments or blanks around it.
    /// </summary>
    public static bool TryParse(string address, [NotNullWhen(true)] out MailboxAddress? mailbox)
        => MailboxAddress.TryParse(s_strict, address, out mailbox)

            // MimeKit passes over what may stand around an address in a header. Here that is a fault: the local part is as it was given.
            && address.LastIndexOf('@') is var at
            && mailbox.LocalPart == address[..at]
            && Encoding.UTF8.GetByteCount(mailbox.LocalPart) <= MaxLocalBytes
            && mailbox.LocalPart.EnumerateRunes().All(IsVisible)
            && IsDomain(address[(at + 1)..]);

    /// <summary>The domain as every mail server knows it, without letters beyond ASCII.</summary>
    public static string AsciiDomain(MailboxAddress mailbox) => s_idn.GetAscii(mailbox.Domain);

    /// <summary>Whether only servers with the extension SMTPUTF8 take the address.</summary>
    public static bool NeedsUtf8(MailboxAddress mailbox) => !Ascii.IsValid(mailbox.LocalPart);

    private static bool IsVisible(Rune rune)
        => rune.Value == ' ' || (rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));

    private static bool IsDomain(string domain)
    {
        try
        {
            return s_idn.GetAscii(domain).Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
