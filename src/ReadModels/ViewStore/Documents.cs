namespace Orderly.ReadModels.ViewStore;

/// <summary>A document as the store holds it.</summary>
/// <param name="Id">Unique in its view.</param>
/// <param name="Position">The log position of the last event that it holds: an event up to there changes nothing any more.</param>
public sealed record StoredDocument<TDocument>(string Id, long Position, TDocument Value)
    where TDocument : class;

/// <summary>What a view answered, at one instant.</summary>
/// <param name="Documents">What was found, in the order asked for.</param>
/// <param name="Position">How far the view was: it holds every event up to there. With several partitions, documents may hold later ones.</param>
public sealed record ViewSnapshot<TDocument>(IReadOnlyList<StoredDocument<TDocument>> Documents, long Position)
    where TDocument : class;

/// <summary>Which documents to look for. They come in the order of their ids (ordinal).</summary>
/// <param name="Conditions">All of them must hold.</param>
/// <param name="Limit">The most documents to return, at least 1.</param>
/// <param name="AfterId">Only documents with a greater id; null: from the first.</param>
public sealed record ViewQuery(IReadOnlyList<ViewCondition> Conditions, int Limit, string? AfterId = null);

/// <summary>A condition on declared fields of a view: one of the nested cases.</summary>
public abstract record ViewCondition
{
    private ViewCondition()
    {
    }

    /// <summary>The field is a number smaller than <paramref name="Value"/>.</summary>
    public sealed record LessThan(string Field, long Value) : ViewCondition;

    /// <summary>At least one of the fields contains the text, whatever the case of the letters.</summary>
    public sealed record Contains(IReadOnlyList<string> Fields, string Text) : ViewCondition;
}
