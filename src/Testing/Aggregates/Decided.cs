using System.Text.Json;
using Orderly.Domain.Deciding;
using Orderly.Domain.Serialization;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>What a command came to.</summary>
public sealed class Decided
{
    private readonly EventTypes _types;

    internal Decided(EventTypes types, Decision decision) => (_types, Decision) = (types, decision);

    public Decision Decision { get; }

    /// <summary>It was accepted with exactly these events, in this order. Events are equal when their JSON is.</summary>
    public void Then(params IReadOnlyList<object> events)
        => Difference.AssertNone("Other events follow.", [.. events.Select(e => GivenLog.Describe(_types, e))], Describe(_types, Decision));

    /// <summary>It is fulfilled already.</summary>
    public void ThenNothing() => Then();

    /// <summary>It was refused.</summary>
    /// <returns>The refusal.</returns>
    public Refusal ThenRefused(RefusalKind kind)
        => Decision.Refusal is { } refusal && refusal.Kind == kind
            ? refusal
            : throw new XunitException(string.Join(Environment.NewLine, [$"It is not refused as {kind}:", .. Describe(_types, Decision)]));

    /// <summary>A decision in lines: its events, or why there are none.</summary>
    internal static IReadOnlyList<string> Describe(EventTypes types, Decision decision)
        => decision.Refusal is { } refusal
            ? [$"refused as {refusal.Kind}: {JsonSerializer.Serialize(refusal)}"]
            : [.. decision.Events.Select(e => GivenLog.Describe(types, e))];
}
