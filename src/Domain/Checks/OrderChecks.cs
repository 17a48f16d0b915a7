using System.Collections.Immutable;
using Orderly.Domain.Deciding;

namespace Orderly.Domain.Checks;

public sealed record CheckPassed(string OrderId, string Check, DateTimeOffset CheckedAt);

public sealed record CheckFailed(string OrderId, string Check, IReadOnlyList<string> Reasons, DateTimeOffset CheckedAt);

/// <summary>
/// The checks of one order. They have a stream of their own, so that the order's stream has a single writer.
/// </summary>
/// <param name="Recorded">The names of the checks that answered.</param>
public sealed record OrderChecks(ImmutableHashSet<string> Recorded) : IAggregate<OrderChecks>
{
    public static string Category => "checks";

    public static OrderChecks Initial { get; } = new(ImmutableHashSet.Create<string>(StringComparer.Ordinal));

    public static OrderChecks Evolve(OrderChecks checks, object @event) => @event switch
    {
        CheckPassed e => new OrderChecks(checks.Recorded.Add(e.Check)),
        CheckFailed e => new OrderChecks(checks.Recorded.Add(e.Check)),
        _ => checks,
    };
}
