using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

/// <summary>A small document with a field of each kind that can be searched for or sorted by.</summary>
public sealed record SearchSample(string? State, long? Number, IReadOnlyList<string>? Tags, SampleText? Text)
{
    public static SearchSample Of(string? state = null, long? number = null, string? text = null, params IReadOnlyList<string> tags)
        => new(state, number, tags, new SampleText(SearchWords.Of(text)));
}

/// <param name="Words">As <see cref="SearchWords.Of"/> makes them.</param>
public sealed record SampleText(IReadOnlyList<string> Words);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(SearchSample))]
public sealed partial class SearchSampleJson : JsonSerializerContext;

/// <summary>Views of <see cref="SearchSample"/>.</summary>
public static class SearchSampleViews
{
    /// <summary>A view that nobody else has.</summary>
    public static View<SearchSample> Unique() => Named($"contract-{Guid.NewGuid():N}", 1);

    public static View<SearchSample> Named(string name, int version) => new(
        name,
        version,
        SearchSampleJson.Default.SearchSample,
        new ViewField<SearchSample>("state", sample => sample.State, ViewFieldKind.Keyword),
        new ViewField<SearchSample>("number", sample => sample.Number),
        new ViewField<SearchSample>("tags", sample => sample.Tags, ViewFieldKind.Keywords),
        new ViewField<SearchSample>("text.words", sample => sample.Text?.Words, ViewFieldKind.Words))
    {
        Indexes = [["state", "number"]],
    };

    /// <summary>A version of a view from before it had fields.</summary>
    public static View<SearchSample> WithoutFields(string name) => new(name, 1, SearchSampleJson.Default.SearchSample);
}
