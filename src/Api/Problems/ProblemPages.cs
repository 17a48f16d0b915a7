using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Orderly.Api.Problems;

/// <summary>The pages at the addresses that problems have as their type: what each means, and what to do.</summary>
internal static class ProblemPages
{
    private const string ContentType = "text/html; charset=utf-8";
    private const string Style
        = "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
        + "dt{margin-top:1rem}";

    public static void MapProblemPages(this IEndpointRouteBuilder app)
    {
        app.MapRead(ProblemType.Path, () => Page("Problems", List())).ExcludeFromDescription();
        app.MapRead($"{ProblemType.Path}/{{name}}", Find).ExcludeFromDescription();
    }

    private static IResult Find(string name) => ProblemType.All.FirstOrDefault(problem => problem.Name == name) is { } found
        ? Page(found.Title, string.Create(
            CultureInfo.InvariantCulture,
            $"<p>Status {found.Status}, type <code>{found.Type}</code></p><p>{Text(found.Advice)}</p>"
            + $"<p><a href=\"{ProblemType.Path}\">All problems</a></p>"))
        : new Problem(ProblemType.NotFound, "There is no such problem.");

    private static string List()
    {
        var list = new StringBuilder("<dl>");
        foreach (var problem in ProblemType.All)
        {
            list.Append(
                CultureInfo.InvariantCulture,
                $"<dt>{problem.Status} <a href=\"{problem.Type}\">{problem.Name}</a></dt><dd>{Text(problem.Title)}</dd>");
        }

        return list.Append("</dl>").ToString();
    }

    private static ContentHttpResult Page(string title, string body)
        => TypedResults.Text(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
            + $"<title>{Text(title)} – Orderly</title><style>{Style}</style></head>"
            + $"<body><h1>{Text(title)}</h1>{body}</body></html>",
            ContentType);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
