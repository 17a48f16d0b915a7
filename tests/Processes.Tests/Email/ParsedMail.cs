using System.Text;
using System.Text.RegularExpressions;

namespace Orderly.Processes.Tests.Email;

/// <summary>A message as a mail program reads it; not made with any code of what is tested.</summary>
internal sealed partial class ParsedMail
{
    private ParsedMail(string raw, ILookup<string, string> headers, string text, string html)
        => (Raw, Headers, Text, Html) = (raw, headers, text, html);

    /// <summary>One char a byte.</summary>
    public string Raw { get; }

    public ILookup<string, string> Headers { get; }

    public string Text { get; }

    public string Html { get; }

    public string Header(string name) => Assert.Single(Headers[name]);

    /// <param name="raw">One char a byte.</param>
    public static ParsedMail Parse(string raw)
    {
        var (headers, body) = Split(raw);
        var type = Assert.Single(headers["Content-Type"]);
        var boundary = BoundaryPattern().Match(type).Groups[1].Value;
        Assert.StartsWith("multipart/alternative;", type, StringComparison.Ordinal);
        var parts = $"\r\n{body}".Split($"\r\n--{boundary}");
        Assert.Equal(4, parts.Length);
        Assert.Equal("--\r\n", parts[^1]);
        return new ParsedMail(raw, headers, Decode(parts[1], "text/plain"), Decode(parts[2], "text/html"));
    }

    private static string Decode(string part, string type)
    {
        var (headers, body) = Split(part.TrimStart('\r', '\n'));
        Assert.Equal($"{type}; charset=utf-8", Assert.Single(headers["Content-Type"]));
        Assert.Equal("quoted-printable", Assert.Single(headers["Content-Transfer-Encoding"]));
        var joined = body.Replace("=\r\n", "", StringComparison.Ordinal);
        return Encoding.UTF8.GetString(Unquoted(joined)).Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    private static (ILookup<string, string> Headers, string Body) Split(string raw)
    {
        var end = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = Folding().Replace(raw[..end], " ").Split("\r\n").Select(line => line.Split(": ", 2)).ToLookup(
            one => one[0], one => DecodeWords(one[1]), StringComparer.OrdinalIgnoreCase);
        return (headers, raw[(end + 4)..]);
    }

    private static string DecodeWords(string value)
        => EncodedWord().Replace(
            Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(BetweenWords().Replace(value, "?==?"))),
            match => Encoding.UTF8.GetString(
                match.Groups[1].Value is "b"
                    ? Convert.FromBase64String(match.Groups[2].Value)
                    : Unquoted(match.Groups[2].Value.Replace('_', ' '))));

    private static byte[] Unquoted(string text)
        => Encoding.Latin1.GetBytes(QuotedByte().Replace(text, match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString()));

    [GeneratedRegex("boundary=\"([^\"]+)\"")]
    private static partial Regex BoundaryPattern();

    [GeneratedRegex("=([0-9A-F]{2})")]
    private static partial Regex QuotedByte();

    [GeneratedRegex("\r\n[ \t]+")]
    private static partial Regex Folding();

    [GeneratedRegex(@"\?=\s+=\?")]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"=\?utf-8\?([bq])\?([^?]+)\?=")]
    private static partial Regex EncodedWord();
}
