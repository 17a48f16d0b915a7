using System.Globalization;
using System.Text;

namespace Orderly.Processes.Email;

/// <summary>
/// A message in the format of the Internet (RFC 5322): two alternatives, text and HTML (RFC 2046), quoted-printable
/// (RFC 2045), with encoded words where a header is not plain ASCII (RFC 2047). The same message gives the same bytes.
/// </summary>
internal static class MimeFormat
{
    private const int MaxLine = 76;
    private const int MaxPlainWords = 60;

    /// <summary>Longer than any name or subject that can come up; servers limit the size of headers.</summary>
    private const int MaxHeader = 250;
    private const string WordStart = "=?utf-8?B?";
    private const string WordEnd = "?=";
    private const string Fold = "\r\n ";

    /// <summary>Can't be in a part: quoted-printable has no <c>=_</c>.</summary>
    private const string Boundary = "=_orderly-alternative";

    /// <returns>Lines that end with CRLF and have at most 76 characters, but for those that an address makes longer: at most 400.</returns>
    public static byte[] Write(EmailMessage message, Mailbox from, Mailbox to)
    {
        var text = new StringBuilder(message.TextBody.Length + message.HtmlBody.Length + 1024);
        AppendAddress(text, "From", message.From.Name, from);
        AppendAddress(text, "To", message.To.Name, to);
        AppendHeader(text, "Subject", message.Subject);
        text.Append("Date: ").Append(message.Date.UtcDateTime.ToString("ddd, d MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)).Append("\r\n");
        text.Append("Message-ID: <").Append(message.MessageId).Append('@').Append(from.Domain).Append(">\r\n");
        text.Append("Auto-Submitted: auto-generated\r\n");
        text.Append("MIME-Version: 1.0\r\n");
        text.Append("Content-Type: multipart/alternative;").Append(Fold).Append("boundary=\"").Append(Boundary).Append("\"\r\n\r\n");
        AppendPart(text, "text/plain", message.TextBody);
        AppendPart(text, "text/html", message.HtmlBody);
        text.Append("--").Append(Boundary).Append("--\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AppendAddress(StringBuilder text, string header, string name, Mailbox mailbox)
    {
        var start = text.Length;
        text.Append(header).Append(": ");
        name = EmailText.OneLine(name, MaxHeader);
        if (name.Length > 0)
        {
            if (IsPlain(name))
            {
                text.Append('"').Append(name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
            }
            else
            {
                AppendEncodedWords(text, text.Length - start, name);
            }

            text.Append(Fold);
        }

        text.Append('<').Append(mailbox).Append(">\r\n");
    }

    private static void AppendHeader(StringBuilder text, string header, string value)
    {
        value = EmailText.OneLine(value, MaxHeader);
        text.Append(header).Append(": ");
        if (IsPlain(value))
        {
            text.Append(value);
        }
        else
        {
            AppendEncodedWords(text, header.Length + 2, value);
        }

        text.Append("\r\n");
    }

    /// <summary>Short enough for one line, ASCII, and not to be taken for an encoded word.</summary>
    private static bool IsPlain(string value)
        => value.Length <= MaxPlainWords && Ascii.IsValid(value) && !value.Contains("=?", StringComparison.Ordinal);

    /// <summary>Each word holds whole characters, and each line one word.</summary>
    private static void AppendEncodedWords(StringBuilder text, int column, string value)
    {
        Span<byte> word = stackalloc byte[MaxLine];
        Span<byte> character = stackalloc byte[4];
        var length = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            var bytes = rune.EncodeToUtf8(character);
            if (length + bytes > RoomFor(column))
            {
                Flush(text, word[..length]);
                text.Append(Fold);
                (column, length) = (1, 0);
            }

            character[..bytes].CopyTo(word[length..]);
            length += bytes;
        }

        Flush(text, word[..length]);

        static int RoomFor(int column) => (MaxLine - column - WordStart.Length - WordEnd.Length) / 4 * 3;

        static void Flush(StringBuilder text, ReadOnlySpan<byte> word) => text.Append(WordStart).Append(Convert.ToBase64String(word)).Append(WordEnd);
    }

    private static void AppendPart(StringBuilder text, string type, string body)
    {
        text.Append("--").Append(Boundary).Append("\r\n");
        text.Append("Content-Type: ").Append(type).Append("; charset=utf-8\r\n");
        text.Append("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        foreach (var line in body.AsSpan().EnumerateLines())
        {
            AppendQuotedPrintable(text, Encoding.UTF8.GetBytes(line.ToArray()));
            text.Append("\r\n");
        }
    }

    private static void AppendQuotedPrintable(StringBuilder text, ReadOnlySpan<byte> line)
    {
        const string Hex = "0123456789ABCDEF";
        var column = 0;
        for (var i = 0; i < line.Length; i++)
        {
            var value = line[i];

            // A blank at the end of a line would be taken away on the way.
            var isPlain = value is >= (byte)'!' and <= (byte)'~' and not (byte)'=' || (value is (byte)' ' or (byte)'\t' && i < line.Length - 1);
            var width = isPlain ? 1 : 3;
            if (column + width > MaxLine - 1)
            {
                text.Append("=\r\n");
                column = 0;
            }

            _ = isPlain ? text.Append((char)value) : text.Append('=').Append(Hex[value >> 4]).Append(Hex[value & 0xF]);
            column += width;
        }
    }
}
