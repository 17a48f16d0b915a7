using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Orderly.Processes.Email;

/// <summary>
/// An address as a mail server takes it (RFC 5321, section 4.1.2; RFC 6531 for letters beyond ASCII). The domain is in
/// its ASCII form. Nothing that could end a command or a header gets in.
/// </summary>
internal sealed partial class Mailbox
{
    private const int MaxLocalBytes = 64;
    private const int MaxDomainLength = 255;
    private static readonly IdnMapping s_idn = new();

    private Mailbox(string local, string domain) => (Local, Domain) = (local, domain);

    public string Local { get; }

    public string Domain { get; }

    /// <summary>Whether only servers with the extension SMTPUTF8 can take it.</summary>
    public bool NeedsUtf8 => !Ascii.IsValid(Local);

    public static bool TryParse(string address, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        var at = address.LastIndexOf('@');
        if (at < 1)
        {
            return false;
        }

        var local = address[..at];
        if (!(DotAtom().IsMatch(local) || QuotedString().IsMatch(local)) || !IsWellFormed(local) || Encoding.UTF8.GetByteCount(local) > MaxLocalBytes)
        {
            return false;
        }

        try
        {
            var domain = s_idn.GetAscii(address[(at + 1)..]);
            mailbox = DomainName().IsMatch(domain) && domain.Length <= MaxDomainLength ? new Mailbox(local, domain) : null;
            return mailbox is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public override string ToString() => $"{Local}@{Domain}";

    private static bool IsWellFormed(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    // "atext" of RFC 5322, and what is no control, separator or format character beyond ASCII.
    [GeneratedRegex(@"^(?!\.)(\.?([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x9F\s\p{Z}\p{Cf}]))+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DotAtom();

    [GeneratedRegex("""^"([\x20-\x7E-["\\]]|\\[\x20-\x7E])*"\z""", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedString();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex DomainName();
}
