using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Operating;

/// <summary>A parked event, as operators see it. One that changes several documents can be parked for some of them alone.</summary>
/// <param name="Projection">The view's name.</param>
/// <param name="Generation">The generation's number.</param>
/// <param name="Position">Its place in the log.</param>
/// <param name="Document">The document that it was not applied to; null when it could not be read, so that nobody knows.</param>
/// <param name="Reason"><c>unreadable</c>, <c>unknown-type</c>, <c>too-new</c> or <c>threw</c>.</param>
/// <param name="Detail">One line on that.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Waiting">How many events wait behind it, of its document or, when that is not known, of its stream.</param>
/// <param name="Asked">Whether another try was asked for and is still to be made.</param>
/// <param name="ParkedAt">Since when.</param>
public sealed record ParkedItem(
    string Projection,
    int Generation,
    string Position,
    string Stream,
    long Revision,
    string Type,
    string? Document,
    string Reason,
    string? Detail,
    int Attempts,
    int Waiting,
    bool Asked,
    DateTimeOffset ParkedAt)
{
    /// <summary>Those of a view, in what queries read and in what is being built, in the order of the log.</summary>
    /// <returns>Null: there is no such view.</returns>
    public static async Task<IReadOnlyList<ParkedItem>?> ReadAsync(IViewStore views, string view, CancellationToken cancellationToken)
    {
        var generations = (await views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false))
            .Where(one => one.View == view)
            .ToList();
        List<ParkedItem> items = [];
        foreach (var generation in generations.Where(one => one.State != GenerationState.Retired))
        {
            items.AddRange(await ReadAsync(views, generation, cancellationToken).ConfigureAwait(false));
        }

        return generations.Count == 0 ? null : items;
    }

    internal static async Task<IReadOnlyList<ParkedItem>> ReadAsync(
        IViewStore views, ViewGeneration generation, CancellationToken cancellationToken)
    {
        var parked = await views.ReadParkedAsync(generation.View, generation.Number, cancellationToken).ConfigureAwait(false);
        var waitingByDocument = parked.Where(one => one.Reason == ParkedReason.Waiting).ToLookup(
            one => one.Document, StringComparer.Ordinal);
        var waitingByStream = parked.Where(one => one.Reason == ParkedReason.Waiting).ToLookup(one => one.Stream, StringComparer.Ordinal);
        return
        [
            .. from one in parked
               where one.Reason != ParkedReason.Waiting
               group one by (one.Position, one.Document) into same
               let first = same.First()
               let behind = first.Document is { } document ? waitingByDocument[document] : waitingByStream[first.Stream]
               select new ParkedItem(
                   first.View, first.Number, new LogPosition(first.Position).ToString(), first.Stream, first.Revision, first.Type,
                   first.Document, NameOf(first.Reason), first.Detail, same.Max(one => one.Attempts),
                   behind.Where(one => one.Position > first.Position).Select(one => one.Position).Distinct().Count(),
                   same.Any(one => one.IsAsked), first.ParkedAt),
        ];
    }

    /// <summary>A reason as it is written outside of this program.</summary>
    public static string NameOf(ParkedReason reason) => reason switch
    {
        ParkedReason.Unreadable => "unreadable",
        ParkedReason.UnknownType => "unknown-type",
        ParkedReason.TooNew => "too-new",
        ParkedReason.Threw => "threw",
        _ => "waiting",
    };
}
