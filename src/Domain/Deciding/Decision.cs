namespace Orderly.Domain.Deciding;

/// <summary>What a command comes to: events, possibly none, or a refusal.</summary>
public readonly record struct Decision
{
    private readonly IReadOnlyList<object>? _events;

    private Decision(IReadOnlyList<object>? events, Refusal? refusal) => (_events, Refusal) = (events, refusal);

    /// <summary>The command is fulfilled already; nothing happens.</summary>
    public static Decision Nothing => default;

    /// <summary>What happens, in order; empty when refused.</summary>
    public IReadOnlyList<object> Events => _events ?? [];

    /// <summary>Why nothing happens; null when accepted.</summary>
    public Refusal? Refusal { get; }

    /// <summary>These events happen, all or none.</summary>
    public static Decision Accept(params IReadOnlyList<object> events) => new(events, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);
}
