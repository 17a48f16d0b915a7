using System.Globalization;

namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// One build of a view: its documents and how far they are. A view has one live generation, which queries read, and
/// may have others that are being built.
/// </summary>
/// <param name="View">The view's name.</param>
/// <param name="Number">Counts the view's generations, from 1; never used again.</param>
/// <param name="Version">The version of the view that built it.</param>
/// <param name="IsLive">Whether queries read it.</param>
/// <param name="Position">The log position up to which its documents hold all events; 0: none.</param>
/// <param name="Epoch">The fencing token of its lease, raised whenever the lease is taken: a commit that names another one is refused.</param>
/// <param name="Owner">The id of the worker that holds the lease; null when none does.</param>
/// <param name="Fault">Why its worker can't go on at the moment; null when it can.</param>
/// <param name="UpdatedAt">The last commit or fault (UTC, the writer's clock).</param>
public sealed record ViewGeneration(
    string View, int Number, int Version, bool IsLive, long Position, long Epoch, string? Owner, string? Fault, DateTimeOffset UpdatedAt);

/// <summary>A batch of changes with the progress that it makes: all of it is written, or nothing.</summary>
/// <param name="Generation">Where it goes, as it was read or last committed: its epoch and position must be the stored ones still.</param>
/// <param name="Position">The position after it.</param>
/// <param name="Upserts">Documents to put in place, each id once, none that is in <paramref name="Deletes"/>.</param>
/// <param name="Deletes">Ids of documents to remove.</param>
public sealed record ViewCommit<TDocument>(
    ViewGeneration Generation, long Position, IReadOnlyList<StoredDocument<TDocument>> Upserts, IReadOnlyList<string> Deletes)
    where TDocument : class;

/// <summary>A process that keeps views.</summary>
/// <param name="Id">Its own, never used again.</param>
/// <param name="Beat">Counts its signs of life. Whether it is alive, another process tells by its own clock: it counts on, or it does not.</param>
/// <param name="Views">The views that it can keep.</param>
public sealed record ViewWorker(string Id, long Beat, IReadOnlyList<ViewVersion> Views)
{
    /// <summary>Whether it can keep the generation.</summary>
    public bool Keeps(ViewGeneration generation) => Views.Contains(new ViewVersion(generation.View, generation.Version));
}

/// <summary>A view in a version, written <c>name@version</c>.</summary>
public readonly record struct ViewVersion(string View, int Version)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static ViewVersion Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return new ViewVersion(text[..at], int.Parse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{View}@{Version}");
}
