using System.Globalization;

namespace Orderly.ReadModels.ViewStore;

/// <summary>What a generation is for.</summary>
public enum GenerationState
{
    /// <summary>No query reads it. It goes live when it is as far as the live one.</summary>
    Building,

    /// <summary>Queries read it. A view has at most one.</summary>
    Live,

    /// <summary>It was live. It is kept for a while, so that there is a way back to it.</summary>
    Retired,
}

/// <summary>One build of a view: its documents and how far they are.</summary>
/// <param name="Number">Counts the view's generations, from 1; never used again.</param>
/// <param name="Version">The version of the view that builds it.</param>
/// <param name="IsDeclined">Whether an operator went back from it to the one before: nobody builds its version again unasked.</param>
/// <param name="RetiredAt">Since when it is retired (UTC, the clock of who replaced it); null when it is not.</param>
/// <param name="Partitions">Its partitions by index, at least one. They share the documents out by the documents' ids.</param>
public sealed record ViewGeneration(
    string View, int Number, int Version, GenerationState State, bool IsDeclined, DateTimeOffset? RetiredAt,
    IReadOnlyList<ViewPartition> Partitions)
{
    /// <summary>The log position up to which its documents hold all events: that of the partition that is furthest behind.</summary>
    public long Position => Partitions.Min(partition => partition.Position);

    public bool IsLive => State == GenerationState.Live;

    /// <summary>Equal when all is equal, each partition too.</summary>
    public bool Equals(ViewGeneration? other)
        => other is not null
            && (View, Number, Version, State) == (other.View, other.Number, other.Version, other.State)
            && (IsDeclined, RetiredAt) == (other.IsDeclined, other.RetiredAt)
            && Partitions.SequenceEqual(other.Partitions);

    public override int GetHashCode() => HashCode.Combine(View, Number, State, Position);
}

/// <summary>
/// The progress of one partition of a generation: of the documents that <see cref="DocumentPartition"/> gives to its index.
/// </summary>
/// <param name="Number">The generation's number.</param>
/// <param name="Index">From 0.</param>
/// <param name="Position">The log position up to which its documents hold all events; 0: none.</param>
/// <param name="Epoch">
/// The fencing token of its lease, raised whenever the lease is taken: a commit that names another one is refused.
/// </param>
/// <param name="Owner">The id of the worker that holds the lease; null when none does.</param>
/// <param name="Fault">Why its worker can't go on at the moment; null when it can.</param>
/// <param name="Parked">How many events are parked in it, without those that only wait behind another one.</param>
/// <param name="IsAsked">Whether an operator has asked for something to be done about a parked event, and that is still to be done.</param>
/// <param name="UpdatedAt">The last commit or fault (UTC, the writer's clock).</param>
public sealed record ViewPartition(
    string View, int Number, int Index, long Position, long Epoch, string? Owner, string? Fault, int Parked, bool IsAsked,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Of which log the position is; null before the first commit, and after one of a program from before.</summary>
    public LogMark? Mark { get; init; }

    /// <summary>One of a new generation. No two generations share a number, so the epochs of each start at 1.</summary>
    public static ViewPartition New(string view, int number, int index, DateTimeOffset now)
        => new(view, number, index, Position: 0, Epoch: 1, Owner: null, Fault: null, Parked: 0, IsAsked: false, now);

    public ViewPartition Take(string owner) => this with { Owner = owner, Epoch = Epoch + 1 };

    public ViewPartition Release() => this with { Owner = null };

    public ViewPartition Report(string fault, DateTimeOffset now) => this with { Fault = fault, UpdatedAt = now };
}

/// <summary>Which partition a document belongs to.</summary>
public static class DocumentPartition
{
    /// <summary>The index, from 0, of the partition of a document where there are <paramref name="count"/> of them.</summary>
    /// <remarks>
    /// FNV-1a over the id's UTF-16 code units, low byte first, with the finalizer of MurmurHash3, since the lowest bits of FNV
    /// are of the lowest bits of the characters alone. It must give the same answer in every program and for ever.
    /// </remarks>
    public static int Of(string id, int count)
    {
        if (count == 1)
        {
            return 0;
        }

        var hash = 2166136261u;
        foreach (var c in id)
        {
            hash = (hash ^ (byte)c) * 16777619u;
            hash = (hash ^ (byte)(c >> 8)) * 16777619u;
        }

        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        hash ^= hash >> 16;
        return (int)(hash % (uint)count);
    }
}

/// <summary>Documents of one generation by id, and that generation, at one instant.</summary>
public sealed record ViewPage<TDocument>(ViewGeneration Generation, IReadOnlyList<StoredDocument<TDocument>> Documents)
    where TDocument : class
{
    /// <summary>The ids of documents that are not as they were written, in the same order. They count for the page's limit.</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];
}

/// <summary>A process that keeps views.</summary>
/// <param name="Id">Its own, never used again.</param>
/// <param name="Beat">
/// Counts its signs of life. Whether it is alive, another process tells by its own clock: it counts on, or it does not.
/// </param>
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
