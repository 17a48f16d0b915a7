using System.Text.Json.Serialization;
using Orderly.Domain.Orders;
using Orderly.Processes.Payments;

namespace Orderly.Processes.Email;

/// <summary>What is known of an order when its customer is written to.</summary>
public sealed record OrderCorrespondence(
    string CustomerId, IReadOnlyList<OrderLine> Lines, ShippingAddress? ShippingAddress, DateTimeOffset PlacedAt, OrderLedger Ledger)
{
    /// <summary>Messages that are to be tried again; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DeferredEmail>? Deferred { get; init; }

    /// <summary>When the next of them is due, in milliseconds since 1970; null: none is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Due { get; init; }

    internal OrderCorrespondence With(OrderEmailDeferred e)
        => Waiting([
            .. Others(e.MessageId), new DeferredEmail(e.MessageId, e.Revision, e.Attempt, e.RetryAt.ToUnixTimeMilliseconds())]);

    internal OrderCorrespondence Without(Guid messageId) => Waiting([.. Others(messageId)]);

    private OrderCorrespondence Waiting(IReadOnlyList<DeferredEmail> deferred)
        => this with { Deferred = deferred.Count > 0 ? deferred : null, Due = deferred.Min(one => (long?)one.RetryAt) };

    private IEnumerable<DeferredEmail> Others(Guid messageId) => (Deferred ?? []).Where(one => one.MessageId != messageId);
}

/// <param name="MessageId">The id of the event that the message tells.</param>
/// <param name="Revision">That event's revision in the order's stream.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="RetryAt">When it is tried again, in milliseconds since 1970.</param>
public sealed record DeferredEmail(Guid MessageId, long Revision, int Attempts, long RetryAt);
