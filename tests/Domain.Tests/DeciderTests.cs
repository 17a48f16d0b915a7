using System.Text;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Payments;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.Testing;

namespace Orderly.Domain.Tests;

public class DeciderTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private readonly MemoryEventStore _store = new();
    private readonly Decider _decider;

    public DeciderTests() => _decider = NewDecider();

    [Fact]
    public async Task Every_event_carries_its_cause()
    {
        var context
            = NewContext() with { TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", CausationId = Guid.NewGuid() };

        var accepted = await AcceptAsync(Add(context));

        var recorded = Assert.Single(_store.Log);
        Assert.Equal(new CommandResult.Accepted("LAMP", 0, recorded.Position), accepted);
        Assert.Equal("product-LAMP", recorded.Stream);
        Assert.Equal("product-added.v1", recorded.Type);
        Assert.Equal(CommandIds.EventId(context, 0), recorded.Id);
        Assert.Equal(
            new EventMetadata(
                context.CorrelationId, context.CausationId, context.CommandId, "tester", Scenario.Now, 1, context.TraceParent),
            EventTypes.DecodeMetadata(recorded));
    }

    [Fact]
    public async Task Deciding_again_on_a_stream_of_100_000_events_reads_none_of_them_again()
    {
        await AcceptAsync(Add(NewContext()));
        var events = Enumerable.Range(0, 100_000)
            .Select(_ => OrderlyEvents.Types.Encode(Guid.NewGuid(), new StockReceived("LAMP", 1, null, Scenario.Now), _ => NewMetadata()));
        foreach (var piece in events.Chunk(1000))
        {
            await _store.AppendAsync("product-LAMP", ExpectedRevision.Any, piece, s_none);
        }

        var decider = NewDecider();
        await AcceptAsync(new ReserveStock("LAMP", "o-1", 100_000) { Context = NewContext() }, decider);
        Assert.Equal(100_001, _store.EventsRead);

        await AcceptAsync(new ReleaseStock("LAMP", "o-1") { Context = NewContext() }, decider);
        Assert.Equal(100_001, _store.EventsRead);
    }

    [Fact]
    public async Task A_stream_at_work_is_remembered_through_a_flood_of_new_ones()
    {
        const int Remembered = 64;
        var decider = new Decider(_store, _store, OrderlyEvents.Types, new DeciderOptions { CachedStreams = Remembered });
        await AcceptAsync(Add(NewContext()), decider);
        await AcceptAsync(new ReceiveStock("LAMP", 1, null) { Context = NewContext() }, decider);

        foreach (var sku in Enumerable.Range(0, 10 * Remembered).Select(i => $"NEW-{i}"))
        {
            await AcceptAsync(new AddProduct(sku, sku, null, 1, "EUR") { Context = NewContext() }, decider);
        }

        var readBefore = _store.EventsRead;
        await AcceptAsync(new ReserveStock("LAMP", "o-1", 1) { Context = NewContext() }, decider);
        Assert.Equal(0, _store.EventsRead - readBefore);

        await AcceptAsync(new ChangePrice("NEW-0", 2, "EUR") { Context = NewContext() }, decider);
        Assert.Equal(1, _store.EventsRead - readBefore);
    }

    [Fact]
    public async Task A_lost_race_is_decided_again_on_the_new_events_only()
    {
        await AcceptAsync(Add(NewContext()));
        await AcceptAsync(Receive(1));
        await AcceptAsync(Receive(1), NewDecider());
        var readBefore = _store.EventsRead;

        var accepted = await AcceptAsync(new ReserveStock("LAMP", "o-1", 2) { Context = NewContext() });

        Assert.Equal(3, accepted.Revision);
        Assert.Equal(1, _store.EventsRead - readBefore);
        Assert.Equal("stock-reserved.v1", _store.Log[^1].Type);
    }

    [Fact]
    public async Task A_refusal_is_never_decided_on_a_remembered_state()
    {
        await AcceptAsync(Add(NewContext()));
        await AcceptAsync(new DiscontinueProduct("LAMP", null) { Context = NewContext() }, NewDecider());

        // This decider remembers the product as offered: a second discontinuation would be accepted there, a price change too.
        Assert.Equal(RefusalKind.InvalidTransition, await RefuseAsync(new ChangePrice("LAMP", 1, "EUR") { Context = NewContext() }));

        var other = NewDecider();
        Assert.Equal(RefusalKind.NotFound, await RefuseAsync(new ReleaseStock("BULB", "o-1") { Context = NewContext() }, other));
        await AcceptAsync(new AddProduct("BULB", "Bulb", null, 1, "EUR") { Context = NewContext() });
        await AcceptAsync(new ReleaseStock("BULB", "o-1") { Context = NewContext() }, other);
    }

    [Fact]
    public async Task A_command_that_always_loses_is_refused_after_a_bounded_number_of_tries()
    {
        await AcceptAsync(Add(NewContext()));
        var tries = 0;
        _store.BeforeAppend = () =>
        {
            tries++;
            var step = _store.BeforeAppend;
            _store.BeforeAppend = null;
            var received = OrderlyEvents.Types.Encode(Guid.NewGuid(), new StockReceived("LAMP", 1, null, Scenario.Now), _ => NewMetadata());
            Assert.True(_store.AppendAsync("product-LAMP", ExpectedRevision.Any, [received], s_none).IsCompletedSuccessfully);
            _store.BeforeAppend = step;
        };

        Assert.Equal(RefusalKind.Contention, await RefuseAsync(Receive(1)));
        Assert.Equal(new DeciderOptions().MaxAttempts, tries);
    }

    [Fact]
    public async Task A_named_revision_must_be_the_current_one()
    {
        await AcceptAsync(Add(NewContext()));
        await AcceptAsync(Receive(1), NewDecider());

        async Task<CommandResult> ReceiveAt(params long[] revisions)
            => await _decider.ExecuteAsync(
                new ReceiveStock("LAMP", 1, null) { Context = NewContext() with { IfMatch = new RevisionCondition(revisions) } }, s_none);

        // The decider remembers revision 0, the stream is at 1.
        Assert.Equal(1, Assert.IsType<CommandResult.Refused>(await ReceiveAt(0)).Refusal.Revision);
        Assert.Equal(2, Assert.IsType<CommandResult.Accepted>(await ReceiveAt(7, 1)).Revision);
    }

    [Fact]
    public async Task A_named_revision_of_something_that_is_not_there_is_not_found_or_stale()
    {
        var any = NewContext() with { IfMatch = new RevisionCondition(null) };
        Assert.Equal(RefusalKind.StaleRevision, await RefuseAsync(Add(any)));
        Assert.Equal(RefusalKind.NotFound, await RefuseAsync(new ChangePrice("LAMP", 1, "EUR") { Context = any }));
        Assert.Empty(_store.Log);
    }

    [Fact]
    public async Task A_command_that_comes_again_is_answered_from_the_log()
    {
        var keyed = Keyed("key-1", "aaaaaaaa");
        var first = await AcceptAsync(Add(keyed));
        await AcceptAsync(Receive(5));

        Assert.False(first.IsRepeat);
        Assert.Equal(first with { IsRepeat = true }, await AcceptAsync(Add(keyed)));
        Assert.Equal(first with { IsRepeat = true }, await AcceptAsync(Add(keyed), NewDecider()));
        Assert.Equal(RefusalKind.IdempotencyKeyReused, await RefuseAsync(Add(Keyed("key-1", "bbbbbbbb"))));
        Assert.Equal(2, _store.Log.Count);
    }

    [Fact]
    public async Task A_command_id_that_was_used_for_another_stream_is_noticed()
    {
        await AcceptAsync(Add(Keyed("key-1", "aaaaaaaa")));
        var other = new AddProduct("BULB", "Bulb", null, 1, "EUR") { Context = Keyed("key-1", "bbbbbbbb") };
        Assert.Equal(RefusalKind.IdempotencyKeyReused, await RefuseAsync(other));
        Assert.Single(_store.Log);
    }

    [Fact]
    public async Task A_stream_remembers_at_least_a_day_of_repeatable_commands()
    {
        await AcceptAsync(Add(NewContext()));
        for (var i = 0; i < 3000; i++)
        {
            await AcceptAsync(
                new ReceiveStock("LAMP", 1, null) { Context = Keyed($"key-{i}", "aaaaaaaa") with { At = Scenario.Now.AddMinutes(i) } });
        }

        var count = _store.Log.Count;
        foreach (var decider in new[] { _decider, NewDecider() })
        {
            for (var i = 3000 - (24 * 60); i < 3000; i += 97)
            {
                var again = await AcceptAsync(new ReceiveStock("LAMP", 1, null) { Context = Keyed($"key-{i}", "aaaaaaaa") }, decider);
                Assert.Equal(i + 1, again.Revision);
            }
        }

        Assert.Equal(count, _store.Log.Count);
    }

    [Fact]
    public async Task A_stream_with_an_unreadable_event_is_not_decided_on()
    {
        await AcceptAsync(Add(NewContext()));
        var tooNew = new NewEvent(Guid.NewGuid(), "price-changed.v9", Encoding.UTF8.GetBytes("{}"), default);
        await _store.AppendAsync("product-LAMP", ExpectedRevision.Any, [tooNew], s_none);

        var refused = Assert.IsType<CommandResult.Refused>(await _decider.ExecuteAsync(Receive(1), s_none));
        Assert.Equal(RefusalKind.UnreadableStream, refused.Refusal.Kind);
        Assert.Contains("price-changed.v9", refused.Refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(2, _store.Log.Count);
    }

    [Fact]
    public async Task A_payment_needs_an_order_that_exists()
    {
        var pay = new RecordPayment("p-1", "o-1", 5, "EUR", null) { Context = NewContext() };
        Assert.Equal(RefusalKind.NotFound, await RefuseAsync(pay));
        await AcceptAsync(new PlaceOrder("o-1", "ada", "EUR", [new OrderLineItem("LAMP", 1, 5)], null) { Context = NewContext() });
        await AcceptAsync(pay, NewDecider());
    }

    [Fact]
    public async Task Many_at_once_on_one_stream_all_take_effect_in_turn()
    {
        await AcceptAsync(Add(NewContext()));
        var accepted = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => AcceptAsync(Receive(1)))));
        Assert.Equal(Enumerable.Range(1, 200), accepted.Select(one => (int)one.Revision).Order());
    }

    private static AddProduct Add(CommandContext context) => new("LAMP", "Lamp", null, 20, "EUR") { Context = context };

    private static ReceiveStock Receive(long quantity) => new("LAMP", quantity, null) { Context = NewContext() };

    private static CommandContext NewContext() => CommandContext.ForRequest(Guid.CreateVersion7(), "tester", Scenario.Now);

    private static CommandContext Keyed(string key, string requestHash)
        => CommandContext.ForRequest(CommandIds.FromName("key", key), "tester", Scenario.Now) with { RequestHash = requestHash };

    private static EventMetadata NewMetadata() => new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), "tester", Scenario.Now, 1);

    private Decider NewDecider() => new(_store, _store, OrderlyEvents.Types, new DeciderOptions());

    private async Task<CommandResult.Accepted> AcceptAsync<TState>(Command<TState> command, Decider? decider = null)
        where TState : class, IAggregate<TState>
        => Assert.IsType<CommandResult.Accepted>(await (decider ?? _decider).ExecuteAsync(command, s_none));

    private async Task<RefusalKind> RefuseAsync<TState>(Command<TState> command, Decider? decider = null)
        where TState : class, IAggregate<TState>
        => Assert.IsType<CommandResult.Refused>(await (decider ?? _decider).ExecuteAsync(command, s_none)).Refusal.Kind;
}
