using System.Text.Json.Serialization.Metadata;

namespace Orderly.ReadModels.ViewStore;

/// <summary>A named, versioned collection of documents that is derived from the log.</summary>
public abstract class View
{
    private protected View(string name, int version)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"'{name}' is not a view's name: lower-case letters, digits and '-'.", nameof(name));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        (Name, Version) = (name, version);
    }

    /// <summary>Lower-case letters, digits and <c>-</c>.</summary>
    public string Name { get; }

    /// <summary>From 1; raised whenever the documents' shape or meaning changes.</summary>
    public int Version { get; }

    /// <summary>The names of the fields that queries can use.</summary>
    public abstract IReadOnlyList<string> FieldNames { get; }

    /// <summary>Which of the fields make the documents edges of a graph; null: they are none.</summary>
    public ViewGraph? Graph
    {
        get;
        init => field = value is null || value.FieldNames.All(FieldNames.Contains)
            ? value
            : throw new ArgumentException($"The view '{Name}' does not declare all fields of its graph.", nameof(value));
    }
}

/// <summary>A view with the shape of its documents.</summary>
/// <typeparam name="TDocument">Immutable. Of a time in it, a store keeps the instant, to the millisecond.</typeparam>
/// <param name="json">How a document is written where it is kept as JSON.</param>
/// <param name="fields">What queries filter by; a store indexes each of them.</param>
public sealed class View<TDocument>(string name, int version, JsonTypeInfo<TDocument> json, params IReadOnlyList<ViewField<TDocument>> fields)
    : View(name, version)
    where TDocument : class
{
    public JsonTypeInfo<TDocument> Json { get; } = json;

    public IReadOnlyList<ViewField<TDocument>> Fields { get; } = fields;

    public override IReadOnlyList<string> FieldNames { get; } = [.. fields.Select(field => field.Name)];

    /// <summary>A view of the same documents under another name.</summary>
    public View<TDocument> Named(string name) => new(name, Version, Json, Fields) { Graph = Graph };
}

/// <summary>A field of the documents that queries can use.</summary>
/// <param name="Name">The field's path in the document's JSON, such as <c>available</c>.</param>
/// <param name="Read">Its value: a string, a <see cref="long"/>, or null.</param>
public sealed record ViewField<TDocument>(string Name, Func<TDocument, object?> Read);
