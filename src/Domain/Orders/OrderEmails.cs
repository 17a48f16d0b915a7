using System.Collections.Immutable;
using Orderly.Domain.Deciding;

namespace Orderly.Domain.Orders;

// Only what did not go well at once is told: a message that the mail server took at the first try leaves no event.

/// <summary>The mail server did not take a message now; it is tried again.</summary>
/// <param name="MessageId">The id of the event that the message tells, and the message's own.</param>
/// <param name="About">The type of that event.</param>
/// <param name="Revision">Its revision in the order's stream.</param>
/// <param name="Attempt">How often it was tried, from 1.</param>
public sealed record OrderEmailDeferred(
    string OrderId, Guid MessageId, string About, long Revision, int Attempt, string Reason, DateTimeOffset RetryAt,
    DateTimeOffset DeferredAt)
    : IOrderEvent;

/// <summary>The mail server took a message that it had not taken before.</summary>
public sealed record OrderEmailDelivered(string OrderId, Guid MessageId, string About, DateTimeOffset DeliveredAt) : IOrderEvent;

/// <summary>A message can't be delivered and is not tried again.</summary>
public sealed record OrderEmailUndeliverable(string OrderId, Guid MessageId, string About, string Reason, DateTimeOffset RefusedAt)
    : IOrderEvent;

/// <summary>
/// What became of an order's messages. They have a stream of their own, so that the order's stream has a single writer and a revision
/// that no mail server moves.
/// </summary>
/// <param name="Attempts">How often a message was tried that is neither delivered nor given up.</param>
/// <param name="Settled">The messages that are.</param>
public sealed record OrderEmails(ImmutableDictionary<Guid, int> Attempts, ImmutableHashSet<Guid> Settled) : IAggregate<OrderEmails>
{
    public static string Category => "emails";

    public static OrderEmails Initial { get; } = new(ImmutableDictionary<Guid, int>.Empty, []);

    public static OrderEmails Evolve(OrderEmails emails, object @event) => @event switch
    {
        OrderEmailDeferred e => emails with { Attempts = emails.Attempts.SetItem(e.MessageId, e.Attempt) },
        OrderEmailDelivered e => emails.With(e.MessageId),
        OrderEmailUndeliverable e => emails.With(e.MessageId),
        _ => emails,
    };

    /// <summary>Whether it is recorded what became of a message.</summary>
    public bool Knows(Guid messageId) => Attempts.ContainsKey(messageId) || Settled.Contains(messageId);

    private OrderEmails With(Guid settled) => new(Attempts.Remove(settled), Settled.Add(settled));
}
