using System.Globalization;
using Orderly.Subscriptions.Operating;

namespace Orderly.Worker.Commands;

/// <summary>How <c>parked list</c> shows events.</summary>
public static class ParkedListing
{
    /// <summary>A row for each and, on a terminal, a line below for what went wrong with it.</summary>
    /// <param name="width">Of the terminal; null: there is none, and each row has everything.</param>
    public static IEnumerable<string> Of(IReadOnlyList<ParkedItem> items, int? width)
    {
        List<Column<ParkedItem>> columns =
        [
            new("view", one => one.Projection),
            new("generation", one => Number(one.Generation), Rank: 7, IsNumber: true),
            new("position", one => one.Position, IsNumber: true),
            new("type", one => one.Type, Rank: 2),
            new("stream", one => one.Stream, Rank: 3),
            new("document", one => one.Document, Rank: 4),
            new("reason", one => one.Reason),
            new("tries", one => Number(one.Attempts), Rank: 6, IsNumber: true),
            new("waiting", one => Number(one.Waiting), Rank: 1, IsNumber: true),
            new("since", one => one.ParkedAt.ToString("u", CultureInfo.InvariantCulture), Rank: 5),
        ];
        if (width is null)
        {
            columns.Add(new("detail", one => one.Detail));
        }

        var rows = Listing.Of(items, columns, width);
        List<string> notes = width is null ? [] :
        [
            .. items.Where(one => one.Detail is not null)
                .Select(one => $"{one.Projection} {one.Position}: {one.Detail}")
                .Distinct()
                .SelectMany(note => Listing.Wrap(note, width)),
        ];
        return notes.Count == 0 ? rows : [.. rows, "", .. notes];
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
