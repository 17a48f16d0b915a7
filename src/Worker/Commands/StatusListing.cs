using System.Globalization;
using Orderly.Domain.EventStore;
using Orderly.Subscriptions.Operating;

namespace Orderly.Worker.Commands;

/// <summary>How <c>status</c> shows views.</summary>
public static class StatusListing
{
    /// <summary>A row for each generation and, on a terminal, lines below for what has no room in a row.</summary>
    /// <param name="before">What was shown a second ago; null: nothing.</param>
    /// <param name="width">Of the terminal; null: there is none, and each row has everything.</param>
    public static IEnumerable<string> Of(
        IReadOnlyList<ProjectionStatus> status, IReadOnlyList<ProjectionStatus>? before, int? width)
    {
        List<Column<ProjectionStatus>> columns =
        [
            new("view", one => one.Name),
            new("version", one => Number(one.Version), Rank: 6, IsNumber: true),
            new("generation", one => Number(one.Generation), Rank: 2, IsNumber: true),
            new("state", one => one.State),
            new("behind", TimeBehind, IsNumber: true),
            new("lag", one => Number(one.Lag), Rank: 5, IsNumber: true),
            new("position", one => one.Position, Rank: 3, IsNumber: true),
            new("parked", one => Number(one.Parked), IsNumber: true),
            new("owner", one => width is null ? OwnersOf(one) : one.Owners.Distinct().Count() > 1 ? "several" : one.Owners[0], Rank: 4),
            new("last change", one => one.UpdatedAt.ToString("u", CultureInfo.InvariantCulture), Rank: 7),
        ];
        if (before is not null)
        {
            columns.Insert(6, new("per s", one => RateOf(one, before), Rank: 1, IsNumber: true));
        }

        if (width is null)
        {
            columns.Add(new("fault", one => one.Fault));
        }

        var rows = Listing.Of(status, columns, width);
        List<string> notes = width is null ? [] : [.. NotesOn(status).SelectMany(note => Listing.Wrap(note, width))];
        return notes.Count == 0 ? rows : [.. rows, "", .. notes];
    }

    private static IEnumerable<string> NotesOn(IReadOnlyList<ProjectionStatus> status)
    {
        foreach (var one in status.Where(one => one.Fault is not null))
        {
            yield return $"{one.Name}: {one.Fault}";
        }

        foreach (var one in status.Where(one => one.Owners.Distinct().Count() > 1))
        {
            yield return $"{one.Name}: partitions of {OwnersOf(one)}";
        }

        List<string> alone = [.. status.Where(one => IsFollowed(one) && one.Owners.All(owner => owner is null)).Select(one => one.Name)];
        if (alone.Count > 0)
        {
            yield return $"No worker keeps {string.Join(", ", alone)}.";
        }
    }

    /// <summary>Each worker with its partitions; of a view that one worker keeps, that one alone.</summary>
    private static string? OwnersOf(ProjectionStatus status)
        => status.Owners.Distinct().Count() == 1
            ? status.Owners[0]
            : string.Join("; ", status.Owners.Index().GroupBy(one => one.Item ?? "nobody").Select(
                owned => $"{owned.Key}: {string.Join(' ', owned.Select(one => Number(one.Index)))}"));

    private static bool IsFollowed(ProjectionStatus status) => status.State is not ("retired" or "apart");

    /// <summary>How old the first event is that it lacks, in the largest unit of which there is one.</summary>
    private static string? TimeBehind(ProjectionStatus status)
        => !IsFollowed(status) ? null : status.LagSeconds switch
        {
            0 => "0 s",
            < 10 and var seconds => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0.1, Math.Round(seconds, 1)):0.0} s"),
            < 60 and var seconds => $"{Number((long)seconds)} s",
            < 3_600 and var seconds => $"{Number((long)seconds / 60)} min",
            < 86_400 and var seconds => $"{Number((long)seconds / 3_600)} h",
            var seconds => $"{Number((long)seconds / 86_400)} d",
        };

    /// <summary>In positions of the log: on the embedded store these are events.</summary>
    private static string? RateOf(ProjectionStatus status, IReadOnlyList<ProjectionStatus> before)
        => before.FirstOrDefault(one => (one.Name, one.Generation) == (status.Name, status.Generation)) is { } last
            ? Number(Value(status) - Value(last))
            : null;

    private static long Value(ProjectionStatus status) => LogPosition.TryParse(status.Position, out var position) ? position.Value : 0;

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
