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

    /// <summary>The fields that queries can use; a store has an index for each of them.</summary>
    public abstract IReadOnlyList<ViewField> Fields { get; }

    /// <summary>
    /// Further indexes, for what is often asked together: the names of fields that are numbers or keywords, those that are
    /// compared for equality before the one that is sorted by.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Indexes { get; init; } = [];

    /// <summary>Which of the fields make the documents edges of a graph; null: they are none.</summary>
    public ViewGraph? Graph
    {
        get;
        init => field = value is null || value.FieldNames.All(name => Fields.Any(one => one.Name == name))
            ? value
            : throw new ArgumentException($"The view '{Name}' does not declare all fields of its graph.", nameof(value));
    }

    /// <summary>Whether its type has only a part of each document, so that it can be read but not written.</summary>
    public bool IsPartial { get; private protected init; }

    /// <exception cref="ArgumentException">The view does not declare it.</exception>
    public ViewField FieldOf(string name)
        => Fields.FirstOrDefault(field => field.Name == name)
            ?? throw new ArgumentException($"The view '{Name}' has no field '{name}'.", nameof(name));
}

/// <summary>A view with the shape of its documents.</summary>
/// <typeparam name="TDocument">Immutable. Of a time in it, a store keeps the instant, to the millisecond.</typeparam>
/// <param name="json">How a document is written where it is kept as JSON.</param>
/// <param name="fields">What queries filter and sort by.</param>
public sealed class View<TDocument>(
    string name, int version, JsonTypeInfo<TDocument> json, params IReadOnlyList<ViewField<TDocument>> fields)
    : View(name, version)
    where TDocument : class
{
    public JsonTypeInfo<TDocument> Json { get; } = json;

    public override IReadOnlyList<ViewField<TDocument>> Fields { get; } = fields;

    /// <summary>The same documents for queries that need less of each: what their type does not have is not read.</summary>
    /// <param name="json">How what is needed is read.</param>
    public View<TPart> As<TPart>(JsonTypeInfo<TPart> json)
        where TPart : class
        => new(Name, Version, json, [.. Fields.Select(field => new ViewField<TPart>(field.Name, _ => null, field.Kind))])
        {
            Indexes = Indexes,
            Graph = Graph,
            IsPartial = true,
        };

    /// <summary>A view of the same documents under another name.</summary>
    public View<TDocument> Named(string name) => new(name, Version, Json, Fields) { Indexes = Indexes, Graph = Graph };
}

/// <summary>What a field holds, and so what queries can do with it.</summary>
public enum ViewFieldKind
{
    /// <summary>A number, which is compared and sorted by; or a text that is searched for its parts, in which no index helps.</summary>
    Plain,

    /// <summary>A text that is compared as a whole (ordinal), and sorted by.</summary>
    Keyword,

    /// <summary>A list of texts, each of which is compared as a whole.</summary>
    Keywords,

    /// <summary>A list of words, as <see cref="SearchWords.Of"/> makes them: searched for by how they begin.</summary>
    Words,
}

/// <summary>A field of the documents that queries can use.</summary>
/// <param name="Name">The field's path in the document's JSON, such as <c>available</c>.</param>
public abstract record ViewField(string Name, ViewFieldKind Kind);

/// <summary>A field with how it is read.</summary>
/// <param name="Read">What the JSON has there: a string, a <see cref="long"/>, a list of strings, or null.</param>
public sealed record ViewField<TDocument>(
    string Name, Func<TDocument, object?> Read, ViewFieldKind Kind = ViewFieldKind.Plain) : ViewField(Name, Kind);
