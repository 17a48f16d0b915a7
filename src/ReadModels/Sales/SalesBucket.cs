using System.Globalization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Sales;

/// <summary>
/// What was sold in an hour or a day (UTC), of one SKU or of all: the document of the view <c>sales</c>, by <see cref="IdOf"/>.
/// </summary>
/// <remarks>
/// An order counts in the bucket of the time when it was confirmed, until it is cancelled. Only buckets that ever had an
/// order are there.
/// </remarks>
/// <param name="Step">hour or day.</param>
/// <param name="Sku">Null: all.</param>
/// <param name="From">When the bucket begins.</param>
/// <param name="Revenue">Amounts by currency, in the order of the currencies; none that is 0.</param>
/// <param name="Units">Pieces.</param>
/// <param name="Orders">How many orders; one with several lines counts once.</param>
public sealed record SalesBucket(
    string Step, string? Sku, DateTimeOffset From, IReadOnlyList<CurrencyAmount> Revenue, long Units, long Orders)
{
    /// <summary>Stands for all SKUs in an id; it is in none of them.</summary>
    public const string AllSkus = "*";

    public static View<SalesBucket> View { get; } = new("sales", 1, ReadModelsJson.Default.SalesBucket);

    /// <summary>
    /// The id of a bucket, such as <c>hour/TEA-1/2026-01-31T12</c> or <c>day/*/2026-01-31</c>: the buckets of a series lie one after the
    /// other, so that a range of time is one range of ids.
    /// </summary>
    /// <param name="sku">Null: all.</param>
    /// <param name="from">When the bucket begins.</param>
    public static string IdOf(SalesStep step, string? sku, DateTimeOffset from)
        => SeriesOf(step, sku) + from.UtcDateTime.ToString(
            step == SalesStep.Hour ? "yyyy-MM-dd'T'HH" : "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>What the ids of a series begin with; less than each of them.</summary>
    public static string SeriesOf(SalesStep step, string? sku) => $"{step.Name()}/{sku ?? AllSkus}/";
}

/// <summary>How long a bucket is.</summary>
public enum SalesStep
{
    Hour,
    Day,
}

/// <summary>Where buckets begin and end, in UTC.</summary>
public static class SalesSteps
{
    public static IReadOnlyList<string> Names { get; } = [SalesStep.Hour.Name(), SalesStep.Day.Name()];

    public static string Name(this SalesStep step) => step == SalesStep.Hour ? "hour" : "day";

    /// <exception cref="ArgumentException">Not one of <see cref="Names"/>.</exception>
    public static SalesStep Parse(string name) => name switch
    {
        "hour" => SalesStep.Hour,
        "day" => SalesStep.Day,
        _ => throw new ArgumentException($"'{name}' is not a step.", nameof(name)),
    };

    public static TimeSpan Length(this SalesStep step) => step == SalesStep.Hour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);

    /// <summary>When the bucket begins that an instant lies in.</summary>
    public static DateTimeOffset StartOf(this SalesStep step, DateTimeOffset instant)
        => new(instant.UtcTicks - (instant.UtcTicks % step.Length().Ticks), TimeSpan.Zero);
}
