using System.Globalization;
using System.Net;
using System.Text;
using Orderly.Domain;

namespace Orderly.Processes.Email;

/// <summary>
/// A message's contents, written once and made into both of its alternatives. Every text is put on one line, cut when it
/// is longer than any that can be entered, and encoded for HTML, here and nowhere else.
/// </summary>
internal sealed class EmailBody
{
    private const int MaxText = 500;
    private const string CellStyle = "padding:4px 12px 4px 0;border-bottom:1px solid #ddd";
    private const string NumberStyle = CellStyle + ";text-align:right;white-space:nowrap";

    private readonly StringBuilder _text = new();
    private readonly StringBuilder _html = new();

    /// <param name="title">The heading, and the title of the HTML.</param>
    public EmailBody(string title)
    {
        _html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
            .Append(Html(title))
            .Append("</title>\n</head>\n");
        _html.Append("<body style=\"font-family:sans-serif;line-height:1.4;max-width:40em\">\n<h1 style=\"font-size:1.3em\">")
            .Append(Html(title))
            .Append("</h1>\n");
    }

    public static string Format(Money money) => money.ToString();

    public static string Format(DateTimeOffset at) => at.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public EmailBody Paragraph(string text)
    {
        _text.Append(Plain(text)).Append("\n\n");
        _html.Append("<p>").Append(Html(text)).Append("</p>\n");
        return this;
    }

    /// <summary>A heading and its items; nothing when there are none.</summary>
    public EmailBody List(string heading, IReadOnlyCollection<string> items)
    {
        if (items.Count == 0)
        {
            return this;
        }

        _text.Append(Plain(heading)).Append('\n');
        _html.Append("<p>").Append(Html(heading)).Append("</p>\n<ul>\n");
        foreach (var item in items)
        {
            _text.Append("  - ").Append(Plain(item)).Append('\n');
            _html.Append("<li>").Append(Html(item)).Append("</li>\n");
        }

        _text.Append('\n');
        _html.Append("</ul>\n");
        return this;
    }

    /// <summary>A heading and lines that stand below each other.</summary>
    public EmailBody Block(string heading, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        _text.Append(Plain(heading)).Append('\n').AppendJoin('\n', all.Select(line => $"  {Plain(line)}")).Append("\n\n");
        _html.Append("<p>").Append(Html(heading)).Append("<br>\n").AppendJoin("<br>\n", all.Select(Html)).Append("</p>\n");
        return this;
    }

    /// <summary>What was ordered, with its total.</summary>
    public EmailBody Order(IReadOnlyList<OrderEmailLine> lines, Money total)
    {
        _html.Append("<table style=\"border-collapse:collapse\">\n");
        foreach (var line in lines)
        {
            var name = line.Name ?? line.Sku;
            var quantity = line.Quantity.ToString(CultureInfo.InvariantCulture);
            _text.Append("  ").Append(quantity).Append(" x ").Append(Plain(name)).Append(" (").Append(Plain(line.Sku)).Append(")\n");
            var (price, amount) = (Currencies.Format(line.UnitPrice, total.Currency), Currencies.Format(line.Amount, total.Currency));
            _text.Append("      at ").Append(price).Append(": ").Append(amount).Append('\n');
            _html.Append("<tr>");
            Cell(NumberStyle, quantity);
            Cell(CellStyle, $"{name} ({line.Sku})");
            Cell(NumberStyle, $"at {price}");
            Cell(NumberStyle, amount);
            _html.Append("</tr>\n");
        }

        _text.Append("  Total: ").Append(Format(total)).Append("\n\n");
        _html.Append("<tr><td></td><td></td><td></td>");
        Cell(NumberStyle + ";font-weight:bold", $"Total {Format(total)}");
        _html.Append("</tr>\n</table>\n");
        return this;
    }

    /// <summary>Both alternatives, with who they are from at the end.</summary>
    public (string Text, string Html) SignedBy(string name)
    {
        _text.Append(Plain(name)).Append('\n');
        _html.Append("<p>").Append(Html(name)).Append("</p>\n</body>\n</html>\n");
        return (_text.ToString(), _html.ToString());
    }

    private static string Plain(string text) => EmailText.OneLine(text, MaxText);

    private static string Html(string text) => WebUtility.HtmlEncode(Plain(text));

    private StringBuilder Cell(string style, string text)
        => _html.Append("<td style=\"").Append(style).Append("\">").Append(Html(text)).Append("</td>");
}
