using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Domain;
using Orderly.Domain.Checks;
using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Processes.Checks;
using Orderly.Processes.Email;
using Orderly.Processes.Payments;
using Orderly.Subscriptions;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Processes.Tests;

/// <summary>What each process does, and that it does it once however often it dies.</summary>
public class ProcessTests
{
    private const string Order = "order-o";
    private const string Checks = "checks-o";
    private const string Lamp = "product-LAMP";
    private const string Payment = "payment-p";

    private static readonly ProcessOptions s_options = new();
    private static readonly OrderLine[] s_lines = [new("LAMP", 2, 20, 40), new("BULB", 1, 1, 1)];
    private static readonly Money s_total = new(41, "EUR");

    private static readonly (string, object)
        s_customer = ("customer-ada", new CustomerRegistered("ada", "Ada", "ada@example.com", CustomerLevel.Gold, Now)),
        s_lamp = (Lamp, new ProductAdded("LAMP", "Lamp", null, new Money(20, "EUR"), Now)),
        s_lamps = (Lamp, new StockReceived("LAMP", 5, null, Now)),
        s_reserved = (Lamp, new StockReserved("LAMP", "o", 2, Now)),
        s_bulb = ("product-BULB", new ProductAdded("BULB", "Bulb", null, new Money(1, "EUR"), Now)),
        s_bulbs = ("product-BULB", new StockReceived("BULB", 1, null, Now)),
        s_placed = (Order, new OrderPlaced("o", "ada", s_lines, s_total, null, Now)),
        s_confirmed = (Order, new OrderConfirmed("o", "ada", s_lines, s_total, Now)),
        s_paid = (Order, new OrderPaid("o", "ada", s_total, Now)),
        s_shipped = (Order, new OrderShipped("o", "ada", s_lines[..1], "post", "1", Now)),
        s_cancelled = (Order, new OrderCancelled("o", "ada", s_lines[..1], s_total, OrderStatus.Confirmed, "no", Now));

    [Fact]
    public Task The_details_check_knows_customer_products_and_prices()
        => Process(services => new DetailsCheck(services.Decider, services.Commands))
            .After(s_customer, s_lamp, s_placed)
            .ThenAsync((
                Checks,
                new CheckFailed(
                    "o", CheckNames.Details, ["The product 'BULB' is unknown."], Now,
                    new CheckedNames("Ada", new Dictionary<string, string> { ["LAMP"] = "Lamp" }))));

    [Fact]
    public Task The_fraud_check_passes_what_stays_under_the_limit()
        => Process(services => new FraudCheck(services.Commands, s_options, NullLogger<FraudCheck>.Instance))
            .After(s_placed, ("order-p", new OrderPlaced("p", "ada", [], new Money(2_000, "EUR"), null, Now)))
            .ThenAsync(
                (Checks, new CheckPassed("o", CheckNames.Fraud, Now)),
                ("checks-p", new CheckFailed("p", CheckNames.Fraud, [FraudCheck.Declined], Now)));

    [Fact]
    public Task The_inventory_check_sets_the_pieces_aside()
        => Process(services => new InventoryCheck(services.Decider, services.Commands))
            .After(s_lamp, s_lamps, s_bulb, s_bulbs, s_placed)
            .ThenAsync(
                s_reserved,
                ("product-BULB", new StockReserved("BULB", "o", 1, Now)),
                (Checks, new CheckPassed("o", CheckNames.Inventory, Now)));

    [Fact]
    public Task The_inventory_check_gives_back_what_is_not_all_to_be_had()
        => Process(services => new InventoryCheck(services.Decider, services.Commands))
            .After(s_lamp, s_lamps, s_bulb, s_placed)
            .ThenAsync(
                s_reserved,
                ("product-BULB", new StockReservationRefused("BULB", "o", 1, 0, Now)),
                (Checks, new CheckFailed("o", CheckNames.Inventory, ["Of 'BULB', fewer than 1 are available."], Now)),
                (Lamp, new StockReleased("LAMP", "o", 2, Now)));

    [Fact]
    public async Task An_order_is_validated_when_all_checks_are_in_or_their_time_is_over()
    {
        (string, object)[] passed = [.. CheckNames.All.Select(check => (Checks, (object)new CheckPassed("o", check, Now)))];
        var placed = Process(services => new ValidationProcess(services.Commands, services.Decider, new NobodyComes(), s_options))
            .After(s_placed);

        await placed.After(passed).Later(s_options.CheckDeadline).ThenAsync(s_confirmed);
        await placed.After(passed[..2]).ThenAsync();
        await placed.After(passed[..2]).Later(s_options.CheckDeadline).ThenAsync((
            Order,
            new OrderRejected(
                "o", "ada", s_lines, s_total, ["The check 'fraud' did not answer in time."], Now + s_options.CheckDeadline)));
    }

    [Fact]
    public Task What_is_paid_too_much_is_asked_back_and_the_order_is_paid()
        => Process(services => new PaymentProcess(services.Commands))
            .After(s_placed, s_confirmed, (Payment, new PaymentReceived("p", "o", new Money(50, "EUR"), null, Now)))
            .ThenAsync(
                (Payment, new RefundRequested("p", "o", new Money(9, "EUR"), "The order's total is paid.", Now)),
                s_paid);

    [Fact]
    public async Task An_order_that_is_not_paid_in_time_is_cancelled()
    {
        var confirmed = Process(services => new PaymentDeadline(services.Commands, s_options)).After(s_placed, s_confirmed);
        var received = new PaymentReceived("p", "o", s_total, null, Now);
        var late = Now + s_options.PaymentDeadline;

        await confirmed.Later(s_options.PaymentDeadline).ThenAsync((
            Order,
            new OrderCancelled(
                "o", "ada", s_lines, s_total, OrderStatus.Confirmed, "It was not paid within 24 hours.", late, ConfirmedAt: Now)));
        await confirmed.After((Payment, received)).Later(s_options.PaymentDeadline).ThenAsync();
        await confirmed.Later(s_options.PaymentDeadline, (Payment, received)).ThenAsync();
    }

    [Fact]
    public Task What_a_cancelled_order_leaves_is_undone()
        => Process(services => new Compensation(services.Commands))
            .After(s_lamp, s_lamps, s_reserved, s_placed, s_confirmed)
            .After((Payment, new PaymentReceived("p", "o", new Money(10, "EUR"), null, Now)), s_cancelled)
            .ThenAsync(
                (Lamp, new StockReleased("LAMP", "o", 2, Now)),
                (Payment, new RefundRequested("p", "o", new Money(10, "EUR"), "The order was cancelled.", Now)));

    [Fact]
    public Task What_was_set_aside_leaves_with_the_order()
        => Process(services => new Dispatch(services.Commands))
            .After(s_lamp, s_lamps, s_reserved, s_shipped)
            .ThenAsync((Lamp, new StockDispatched("LAMP", "o", 2, Now)));

    [Fact]
    public async Task The_customer_is_told_each_step_in_one_message()
    {
        var outcome = await EmailsAfter().After(s_confirmed, s_paid).ThenAsync();
        Assert.Equal(
            ["ada@example.com", "ada@example.com"], outcome.Sent.Select(one => Assert.IsType<EmailMessage>(one).To.Address));
    }

    private static ProcessScenario<OrderCorrespondence> EmailsAfter()
    {
        var options = new EmailOptions();
        return Process(services => new EmailProcess(
            services.Decider, services.Log, services.Types,
            new EmailDeliveries(services.Emails, services.Commands, options, services.Time, NullLogger<EmailDeliveries>.Instance),
            options, services.Time, NullLogger<EmailProcess>.Instance)).After(s_customer, s_lamp, s_bulb, s_placed);
    }

    /// <summary>No check is on its way.</summary>
    private sealed class NobodyComes : IConsumers
    {
        public Task<bool> AreStillComingAsync(
            IReadOnlyCollection<string> names, LogPosition position, CancellationToken cancellationToken)
            => Task.FromResult(false);
    }
}
