using System.Text.Json;
using System.Text.Json.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

/// <summary>A small document with what is easily lost on the way to a database and back.</summary>
public sealed record Sample(
    string? Text,
    long? Number,
    decimal Amount,
    DateTimeOffset At,
    DateOnly Day,
    IReadOnlyList<SampleLine> Lines,
    SampleNote? Note)
{
    /// <summary>A document of which a test cares only for the text and the number.</summary>
    public static Sample Of(string? text, long? number = null, string? author = null)
        => new(
            text,
            number,
            1.5m,
            DateTimeOffset.UnixEpoch,
            new DateOnly(2026, 1, 2),
            [],
            author is null ? null : new SampleNote(author, null));
}

/// <summary>What is needed of a <see cref="Sample"/> now and then.</summary>
public sealed record SamplePart(string? Text);

public sealed record SampleLine(string Name, decimal Price, IReadOnlyList<string> Tags);

public sealed record SampleNote(string Author, string? Comment);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(Sample))]
[JsonSerializable(typeof(SamplePart))]
public sealed partial class SampleJson : JsonSerializerContext;

/// <summary>Views of <see cref="Sample"/>.</summary>
public static class SampleViews
{
    /// <summary>A view that nobody else has: the store may hold other data, and other tests run beside this one.</summary>
    public static View<Sample> Unique(int version = 1) => Named($"contract-{Guid.NewGuid():N}", version);

    public static View<Sample> Named(string name, int version = 1) => new(
        name,
        version,
        SampleJson.Default.Sample,
        new ViewField<Sample>("number", sample => sample.Number),
        new ViewField<Sample>("text", sample => sample.Text),
        new ViewField<Sample>("note.author", sample => sample.Note?.Author));

    /// <summary>A view, unique too, of edges: from the text to the note's author, as strong as the number says.</summary>
    public static View<Sample> Graph()
    {
        var view = Unique();
        return new View<Sample>(view.Name, view.Version, view.Json, view.Fields) { Graph = new ViewGraph("text", "note.author", "number") };
    }

    public static string JsonOf(Sample sample) => JsonSerializer.Serialize(sample, SampleJson.Default.Sample);
}
