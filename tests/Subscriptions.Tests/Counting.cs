using System.Text;
using System.Text.Json.Serialization;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Tests;

/// <summary>An event that adds to one or more counters.</summary>
public sealed record Added(IReadOnlyList<string> Counters, long Amount);

/// <summary>How often and what was added: a document that shows every event that is lost or applied twice.</summary>
public sealed record Counter(long Events, long Sum);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Added))]
[JsonSerializable(typeof(Counter))]
[JsonSerializable(typeof(Deadline))]
internal sealed partial class CountingJson : JsonSerializerContext;

/// <summary>Counts; and throws for amounts that a test calls poison: while it folds, or before it names the documents.</summary>
/// <param name="factor">What amounts are multiplied with: another version of the view.</param>
/// <param name="base10">Whether each event multiplies the sum before it adds, so that the sum tells the order.</param>
/// <param name="creates">The amount with which a counter begins: before that, it is not there, whatever is added.</param>
internal sealed class CountingProjection(
    int version = 1,
    long poison = long.MinValue,
    long nameless = long.MinValue,
    string name = "counters",
    int factor = 1,
    bool base10 = false,
    long? creates = null)
    : IProjection<Counter>
{
    public const string AddedType = "added.v1";

    public static EventTypes Types { get; } = EventTypes.Build(types => types.Add(AddedType, CountingJson.Default.Added));

    /// <summary>Whether it throws for poison just now.</summary>
    public Func<bool> IsPoisonous { get; init; } = () => true;

    public View<Counter> View { get; } = new(name, version, CountingJson.Default.Counter);

    public EventFilter Filter { get; init; } = EventFilter.ByStreamPrefix("counting-");

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => envelope.Event switch
    {
        Added added when added.Amount == nameless => throw new InvalidOperationException("This amount is poison."),
        Added added => added.Counters,
        _ => [],
    };

    public Counter? Project(string id, Counter? document, EventEnvelope envelope)
    {
        var added = (Added)envelope.Event;
        if (document is null && creates is { } first && added.Amount != first)
        {
            return null;
        }

        var before = document ?? new Counter(0, 0);
        return added.Amount == poison && id == added.Counters[^1] && IsPoisonous()
            ? throw new InvalidOperationException("This amount is poison.")
            : new Counter(before.Events + 1, (before.Sum * (base10 ? 10 : 1)) + (added.Amount * factor));
    }

    public static NewEvent Event(long amount, params string[] counters)
        => Types.Encode(
            Guid.CreateVersion7(),
            new Added(counters, amount),
            version => new EventMetadata(Guid.Empty, Guid.Empty, Guid.Empty, "test", DateTimeOffset.UnixEpoch, version));

    public static NewEvent Garbage(string type = AddedType) => new(Guid.CreateVersion7(), type, Encoding.UTF8.GetBytes("{"), default);
}
