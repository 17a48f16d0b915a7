using System.Text.Json.Serialization;
using Orderly.Domain.Deciding;
using Orderly.Domain.Serialization;

namespace Orderly.Testing.Tests;

/// <summary>Money that was put into a purse.</summary>
/// <param name="Note">Events of the first version have none.</param>
public sealed record Filled(string PurseId, long Amount, string? Note);

/// <summary>The first version of <see cref="Filled"/>.</summary>
public sealed record FilledOnce(string PurseId, long Amount, IReadOnlyList<string> Coins);

public sealed record Emptied(string PurseId);

/// <summary>An event that its JSON does not keep.</summary>
public sealed record Whispered(string PurseId)
{
    [JsonIgnore]
    public string? Word { get; init; }
}

/// <summary>What was put in. What is ignored is in no store.</summary>
public sealed record Total(long Sum)
{
    public List<long> Amounts { get; init; } = [];

    [JsonIgnore]
    public long Unkept { get; init; }
}

/// <param name="Due">In milliseconds since 1970.</param>
public sealed record Awaited(long? Due);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Filled))]
[JsonSerializable(typeof(FilledOnce))]
[JsonSerializable(typeof(Emptied))]
[JsonSerializable(typeof(Whispered))]
[JsonSerializable(typeof(Total))]
[JsonSerializable(typeof(Awaited))]
internal sealed partial class PurseJson : JsonSerializerContext;

internal static class PurseEvents
{
    public static EventTypes Types { get; } = EventTypes.Build(types => types
        .Add("filled.v2", PurseJson.Default.Filled)
        .AddOld("filled.v1", PurseJson.Default.FilledOnce, old => new Filled(old.PurseId, old.Amount, null))
        .Add("emptied.v1", PurseJson.Default.Emptied)
        .Add("whispered.v1", PurseJson.Default.Whispered));
}

public sealed record Purse(long Sum) : IAggregate<Purse>
{
    public static string Category => "purse";

    public static Purse Initial { get; } = new(0);

    public static Purse Evolve(Purse state, object @event) => @event switch
    {
        Filled e => new Purse(state.Sum + e.Amount),
        Emptied => Initial,
        Whispered => throw new InvalidOperationException("Nobody listens."),
        _ => state,
    };
}

/// <summary>A command of any aggregate with any decision.</summary>
public sealed record Do<TState>(string Id, Func<TState, Decision> Decision) : Command<TState>
    where TState : class, IAggregate<TState>
{
    public override string AggregateId => Id;

    public override Decision Decide(TState state) => Decision(state);
}
