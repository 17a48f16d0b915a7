using System.Globalization;
using Orderly.Domain.Validation;
using Orderly.ReadModels.Sales;

namespace Orderly.Api.Queries;

/// <param name="NextCursor">For the parameter <c>cursor</c> of the next page; null on the last one.</param>
internal sealed record SalesList(IReadOnlyList<SalesItem> Items, string? NextCursor) : IPage;

/// <summary>A question for sales as clients write it.</summary>
internal sealed class SalesQuery(GetSales all)
{
    /// <summary>The most buckets that a range can have.</summary>
    public const int MaxBuckets = 10_000;

    private const string Instant = "yyyy-MM-dd'T'HH:mm'Z'";

    private static readonly DateTimeOffset s_last = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Null when a parameter is refused.</summary>
    public static (SalesQuery Asked, GetSales Query)? Read(QueryParameters parameters)
    {
        var (from, to) = (parameters.Timestamp("from"), parameters.Timestamp("to"));
        var bucket = parameters.Choice("bucket", SalesSteps.Names);
        var sku = parameters.Text("sku", Rules.IsSku, Rules.SkuMessage);
        var limit = parameters.Limit();
        parameters.Require("from", from);
        parameters.Require("to", to);
        parameters.Require("bucket", bucket);
        if (from >= to)
        {
            parameters.Refuse("to", "must be later than 'from'.");
        }
        else if (to > s_last)
        {
            parameters.Refuse("to", "must not be later than 9999-12-31T00:00:00Z.");
        }

        return parameters.Problem is null ? Read(parameters, SalesSteps.Parse(bucket!), sku, from!.Value, to!.Value, limit) : null;
    }

    public SalesList ListOf(SalesSeries series)
        => new(
            series.Items,
            series.NextFrom is { } next ? Cursor.Of(Text, next.UtcDateTime.ToString(Instant, CultureInfo.InvariantCulture)) : null);

    private static (SalesQuery Asked, GetSales Query)? Read(
        QueryParameters parameters, SalesStep step, string? sku, DateTimeOffset from, DateTimeOffset to, int limit)
    {
        // Every bucket that the range has a part of, as a whole.
        var (start, end) = (step.StartOf(from), step.StartOf(to));
        end = end == to ? end : end + step.Length();
        if ((end - start) / step.Length() > MaxBuckets)
        {
            parameters.Refuse(
                "to", string.Create(CultureInfo.InvariantCulture, $"must not be more than {MaxBuckets} buckets later than 'from'."));
            return null;
        }

        var asked = new SalesQuery(new GetSales(step, sku, start, end, limit));
        var place = parameters.Cursor("cursor", asked.Text, asked.PlaceOf);
        return parameters.Problem is null ? (asked, place ?? asked.All) : null;
    }

    private GetSales All { get; } = all;

    /// <summary>The same for the same query.</summary>
    private string Text { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{all.Step}\n{all.Sku}\n{all.From.UtcTicks}\n{all.To.UtcTicks}");

    private GetSales? PlaceOf(IReadOnlyList<string> parts)
        => parts is [var text]
            && DateTimeOffset.TryParseExact(text, Instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            && from > All.From && from < All.To && All.Step.StartOf(from) == from
            ? All with { From = from }
            : null;
}
