using System.Collections.Immutable;
using System.Text.Json;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Testing;

/// <summary>The documents that follow from events.</summary>
public sealed class ViewOutcome<TDocument>
    where TDocument : class
{
    private readonly View<TDocument> _view;
    private readonly IReadOnlyList<ImmutableDictionary<string, StoredJson>> _steps;

    internal ViewOutcome(View<TDocument> view, IReadOnlyList<ImmutableDictionary<string, StoredJson>> steps)
        => (_view, _steps) = (view, steps);

    /// <summary>The ids of all documents, in ordinal order.</summary>
    public IReadOnlyList<string> Ids => [.. _steps[^1].Keys.Order(StringComparer.Ordinal)];

    /// <summary>A document as it is read from the store; null: there is none.</summary>
    public TDocument? Of(string id) => Read(_steps[^1], id);

    /// <summary>A document after each of the events.</summary>
    public IReadOnlyList<TDocument?> EachOf(string id) => [.. _steps.Skip(1).Select(step => Read(step, id))];

    /// <summary>The document with this id is this one: its JSON is. Null: there is none.</summary>
    public ViewOutcome<TDocument> Is(string id, TDocument? document)
    {
        Difference.AssertNone(
            $"{_view.Name}: the document '{id}' is another one.", document is null ? null : JsonSerializer.Serialize(document, _view.Json),
            _steps[^1].GetValueOrDefault(id)?.Json);
        return this;
    }

    private TDocument? Read(ImmutableDictionary<string, StoredJson> documents, string id)
        => documents.TryGetValue(id, out var stored) ? JsonSerializer.Deserialize(stored.Json, _view.Json) : null;
}
