using System.Globalization;
using System.Text;

namespace Orderly.Domain.Validation;

/// <summary>
/// Reads addresses, for whoever takes one and for whoever sends to it: what one takes, the other can send to. RFC 5321, section 4.1.2, with
/// letters beyond ASCII (RFC 6531), and without address literals such as <c>ada@[192.0.2.1]</c>.
/// </summary>
public static class EmailAddresses
{
    /// <summary>RFC 5321, section 4.5.3.1.1, in bytes of UTF-8.</summary>
    private const int MaxLocalBytes = 64;

    private const string AtomSymbols = "!#$%&'*+-/=?^_`{|}~";

    private static readonly IdnMapping s_idn = new() { UseStd3AsciiRules = true };

    /// <summary>Whether a text is an address, and nothing else: no name, brackets, comments or blanks around it.</summary>
    public static bool IsValid(string address)
    {
        var at = address.LastIndexOf('@');
        return at > 0 && IsLocalPart(address[..at]) && IsDomain(address[(at + 1)..]);
    }

    private static bool IsLocalPart(string local)
        => Encoding.UTF8.GetByteCount(local) <= MaxLocalBytes && (IsQuoted(local) || local.Split('.').All(IsAtom));

    private static bool IsAtom(string atom)
        => atom.Length > 0
            && atom.EnumerateRunes().All(rune => rune.IsAscii
                ? char.IsAsciiLetterOrDigit((char)rune.Value) || AtomSymbols.Contains((char)rune.Value, StringComparison.Ordinal)
                : IsVisible(rune));

    /// <summary>Such as <c>"ada lovelace"</c>: a backslash or a quotation mark only behind a backslash.</summary>
    private static bool IsQuoted(string local)
    {
        if (local.Length < 3 || local[0] != '"' || local[^1] != '"')
        {
            return false;
        }

        var isEscaped = false;
        foreach (var rune in local[1..^1].EnumerateRunes())
        {
            if (rune.IsAscii ? rune.Value is < ' ' or > '~' || (rune.Value == '"' && !isEscaped) : isEscaped || !IsVisible(rune))
            {
                return false;
            }

            isEscaped = !isEscaped && rune.Value == '\\';
        }

        return !isEscaped;
    }

    private static bool IsVisible(Rune rune)
        => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator);

    /// <summary>Labels of letters, digits and hyphens that can be looked up, in their form without letters beyond ASCII too.</summary>
    private static bool IsDomain(string domain)
    {
        try
        {
            return domain.Split('.').All(label => label.Length > 0 && label.EnumerateRunes().All(IsVisible))
                && s_idn.GetAscii(domain).Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
