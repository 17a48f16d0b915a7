using Orderly.Domain.Checks;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;

namespace Orderly.Processes.Checks;

/// <summary>
/// validation: waits for all checks of an order, and confirms it, or rejects it with every reason. Checks that never answer reject it too.
/// </summary>
public sealed class ValidationProcess(CommandSender sender, Decider decider, IConsumers consumers, ProcessOptions options)
    : ITimedProcess<OrderValidation>
{
    public const string Name = "validation";

    public View<OrderValidation> View { get; } = new(
        Name, 1, ProcessesJson.Default.OrderValidation,
        new ViewField<OrderValidation>(ITimedProcess<OrderValidation>.DueField, state => state.Due));

    public EventFilter Filter { get; } = EventFilter.ByStreamPrefix("order-", "checks-");

    /// <summary>After an outage the checks need some time too.</summary>
    public TimeSpan Grace => options.CheckDeadline;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope)
        => envelope.Event is IOrderEvent e and not (OrderPaid or OrderShipped or OrderDelivered) ? [e.OrderId] : [];

    public OrderValidation? Project(string id, OrderValidation? document, EventEnvelope envelope) => envelope.Event switch
    {
        OrderPlaced e => new OrderValidation(
            id, [], ProcessOptions.DueAfter(e.PlacedAt, options.CheckDeadline), EventReference.To(envelope.Recorded),
            envelope.Recorded.Position.Value),
        CheckPassed e => document?.With(new CheckAnswer(e.Check, [])),
        CheckFailed e => document?.With(new CheckAnswer(e.Check, e.Reasons)),
        _ => document is null ? null : document with { Due = null },
    };

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is CheckPassed or CheckFailed;

    public async Task ReactAsync(Reaction<OrderValidation> reaction, CancellationToken cancellationToken)
    {
        if (reaction.State is not { Due: not null } order || order.Missing.Any())
        {
            return;
        }

        var cause = EventReference.To(reaction.Envelope.Recorded);
        if (order.Reasons.Any())
        {
            await RejectAsync(order, cause, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await sender.SendAsync(
                cause, Name, "confirm", context => new ConfirmOrder(order.OrderId) { Context = context }, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    public long? DueOf(OrderValidation state) => state.Due;

    public async Task ElapseAsync(string id, OrderValidation state, CancellationToken cancellationToken)
    {
        // An answer that the log has and this state lacks, for as long as other orders are decided, is folded next.
        var checks = await decider.ReadAsync<OrderChecks>(id, cancellationToken).ConfigureAwait(false);
        if (!state.Missing.Any() || state.Missing.Any(checks.Recorded.Contains))
        {
            return;
        }

        // A check that has not come to the order yet, after an outage or under a flood of orders, may still pass it.
        string[] missing = [.. state.Missing.Select(check => $"{check}-check")];
        if (!await consumers.AreStillComingAsync(missing, new LogPosition(state.Position), cancellationToken).ConfigureAwait(false))
        {
            await RejectAsync(state, state.Cause, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<CommandResult> RejectAsync(OrderValidation order, EventReference cause, CancellationToken cancellationToken)
    {
        string[] reasons = [.. order.Reasons, .. order.Missing.Select(check => $"The check '{check}' did not answer in time.")];
        return sender.SendAsync(
            cause, Name, "reject", context => new RejectOrder(order.OrderId, reasons) { Context = context }, cancellationToken);
    }
}

/// <summary>What an order's validation knows.</summary>
/// <param name="Answers">Of the checks that are in, in the order in which they came.</param>
/// <param name="Due">Until when the checks may answer, in milliseconds since 1970; null when the order is decided.</param>
/// <param name="Cause">The event that began it.</param>
/// <param name="Position">That event's place in the log.</param>
public sealed record OrderValidation(string OrderId, IReadOnlyList<CheckAnswer> Answers, long? Due, EventReference Cause, long Position)
{
    internal IEnumerable<string> Missing => CheckNames.All.Except(Answers.Select(answer => answer.Check), StringComparer.Ordinal);

    /// <summary>In the order of the checks, whichever came first.</summary>
    internal IEnumerable<string> Reasons
        => CheckNames.All.SelectMany(check => Answers.Where(answer => answer.Check == check)).SelectMany(answer => answer.Reasons);

    internal OrderValidation With(CheckAnswer answer) => this with { Answers = [.. Answers, answer] };
}

/// <param name="Reasons">Why it failed; empty when it passed.</param>
public sealed record CheckAnswer(string Check, IReadOnlyList<string> Reasons);
