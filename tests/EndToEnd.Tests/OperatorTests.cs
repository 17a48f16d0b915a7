using System.Globalization;
using System.Text.Json;
using Orderly.Domain;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Products;
using Orderly.Domain.Serialization;
using Orderly.Projections;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.Products;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>The operator's commands, run as an operator runs them.</summary>
public class OperatorTests
{
    // So many commits are left when a build is killed that it can't have ended before the kill arrives.
    private const string Slow = "--Orderly:Subscriptions:MaxBatchEvents=5";

    private static readonly string[] s_views = ["order-details", "customer-overview", "stock-levels"];
    private static readonly DateTimeOffset s_at = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Clean while the views are written to; and when documents were changed by hand, each difference is told.</summary>
    [Fact]
    public async Task Verify_finds_what_was_changed_by_hand_and_nothing_else()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await using (var api = await RunningApi.StartAsync(data))
        {
            var traffic = new Traffic();
            await traffic.OpenShopAsync(api.Client);
            await CaughtUpAsync(stores);
            using var stop = new CancellationTokenSource();
            var running = traffic.RunSteadilyAsync(api.Client, stop.Token);
            await Wait.UntilAsync(() => traffic.Orders > 3);
            await AssertCleanAsync(data);
            await stop.CancelAsync();
            await running;
            await CaughtUpAsync(stores);
        }

        var live = await LiveAsync(stores, OrderDetails.View.Name);
        var orders = (await stores.Views.PageAsync(OrderDetails.View, live.Number, null, 10, CancellationToken.None))!.Documents;
        var (changed, missing, extra)
            = (orders[1], orders[2], orders[3] with { Id = "by-hand", Value = orders[3].Value with { OrderId = "by-hand" } });
        var byHand = changed with { Value = changed.Value with { Total = changed.Value.Total + 1, CustomerId = "nobody" } };
        var commit = new ViewCommit<OrderDetails>(live.Partitions, live.Position, [byHand, extra], [missing.Id]);
        await Wait.UntilAsync(async () =>
        {
            try
            {
                Assert.NotNull(await stores.Views.CommitAsync(OrderDetails.View, commit, CancellationToken.None));
                return true;
            }
            catch (ViewStoreUnavailableException)
            {
                // A server holds a transaction of the program that was killed, with its locks, for up to a minute.
                return false;
            }
        });

        var told = await RunningProgram.RunWorkerAsync(data, "verify", "order-details");
        Assert.True(told.ExitCode == 3, told.Errors);
        string[] lines =
        [
            "order-details by-hand: should not be there",
            $"order-details {changed.Id}: changed",
            $"  $.customerId: expected \"{changed.Value.CustomerId}\", found \"nobody\"",
            string.Create(CultureInfo.InvariantCulture, $"  $.total: expected {changed.Value.Total}, found {byHand.Value.Total}"),
            $"order-details {missing.Id}: missing",
        ];
        Assert.Equal(lines, told.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("3 differ", told.Errors, StringComparison.Ordinal);

        var listed = await RunningProgram.RunWorkerAsync(data, ["verify", .. s_views, "--json"]);
        Assert.Equal(3, listed.ExitCode);
        Assert.Equal(s_views, listed.Json.EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Equal([3, 0, 0], listed.Json.EnumerateArray().Select(one => one.GetProperty("differences").GetArrayLength()));
        Assert.Equal(
            [("by-hand", "Extra"), (changed.Id, "Changed"), (missing.Id, "Missing")],
            listed.Json[0].GetProperty("differences").EnumerateArray().Select(
                one => (one.GetProperty("id").GetString()!, one.GetProperty("kind").GetString()!)));
        var field = listed.Json[0].GetProperty("differences")[1].GetProperty("fields")[0];
        Assert.Equal(
            ("$.customerId", $"\"{changed.Value.CustomerId}\"", "\"nobody\""),
            (field.GetProperty("path").GetString(), field.GetProperty("expected").GetString(), field.GetProperty("found").GetString()));
        Assert.DoesNotContain(
            await stores.Views.ReadGenerationsAsync(CancellationToken.None), one => one.View.EndsWith("-verify", StringComparison.Ordinal));
    }

    /// <summary>
    /// One event of each kind that can't be applied, each among good ones of its own document: they are set aside with what
    /// follows them, all else goes on; an operator sees them, tries them again, and leaves them out for good.
    /// </summary>
    [Fact]
    public async Task Events_that_can_t_be_applied_are_parked_shown_tried_again_and_left_out()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        var parked = await WriteShopWithBadEventsAsync(stores.Log);
        await using var worker = RunningProgram.StartWorker(data, "run");
        await stores.AtRestAsync();

        // What can be applied is, and the views are what the log says without the rest.
        Assert.Equal(
            [("P-good", 12), ("P-throws", long.MaxValue), ("P-too-new", 5), ("P-unknown", 5), ("P-unreadable", 5)],
            await OnHandAsync(stores));
        await AssertCleanAsync(data);
        var status = await RunningProgram.RunWorkerAsync(data, "status", "--json");
        Assert.Equal(3, status.ExitCode);
        Assert.Equal(
            [("customer-overview", 1), ("order-details", 0), ("stock-levels", 4)],
            status.Json.EnumerateArray().Select(one => (one.GetProperty("name").GetString()!, one.GetProperty("parked").GetInt32())).Where(
                one => s_views.Contains(one.Item1)));

        var list = await RunningProgram.RunWorkerAsync(data, "parked", "list", "customer-overview", "stock-levels", "--json");
        Assert.Equal(3, list.ExitCode);
        Assert.Equal(
            parked.Select(one => (one.View, one.Position, one.Document, one.Reason, one.Waiting)),
            list.Json.EnumerateArray().Select(one => (
                one.GetProperty("projection").GetString()!,
                one.GetProperty("position").GetString()!,
                one.GetProperty("document").GetString(),
                one.GetProperty("reason").GetString()!,
                one.GetProperty("waiting").GetInt32())));
        Assert.Contains("OverflowException", list.Json[0].GetProperty("detail").GetString(), StringComparison.Ordinal);

        var table = await RunningProgram.RunWorkerAsync(data, "parked", "list");
        Assert.Equal(3, table.ExitCode);
        Assert.All(parked, one => Assert.Contains(
            table.Output.Split('\n'),
            row => row.Contains(one.View, StringComparison.Ordinal) && row.Contains(one.Reason, StringComparison.Ordinal)));

        // A fold that may park less than what is parked already comes to no result, and says so.
        var narrow = await RunningProgram.RunWorkerAsync(data, "verify", "stock-levels", "--Orderly:Subscriptions:MaxParkedEvents=1");
        Assert.Equal(1, narrow.ExitCode);
        Assert.Contains("which is the most that may be", narrow.Errors, StringComparison.Ordinal);

        var unreadable = parked.Single(one => one.Reason == "unreadable");
        var shown = await RunningProgram.RunWorkerAsync(data, "parked", "show", "stock-levels", unreadable.Position);
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("data:     {\"sku\":", shown.Output, StringComparison.Ordinal);
        Assert.Contains("reason:   unreadable:", shown.Output, StringComparison.Ordinal);

        // Nothing is done unasked, nor where nothing is parked.
        foreach (var verb in (string[])["retry", "skip"])
        {
            var unasked = await RunningProgram.RunWorkerAsync(data, "parked", verb, "stock-levels", unreadable.Position);
            Assert.Equal(2, unasked.ExitCode);
            Assert.Contains("say --yes", unasked.Errors, StringComparison.Ordinal);
            Assert.Equal(
                1, (await RunningProgram.RunWorkerAsync(data, "parked", verb, "order-details", unreadable.Position, "--yes")).ExitCode);
        }

        Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "parked", "show", "stock-levels", "here")).ExitCode);
        Assert.Empty(await stores.Views.ReadSkippedAsync("stock-levels", CancellationToken.None));

        // Tried again, it is as bad as before.
        var throwing = parked[0];
        var before = await ParkedAsync(stores, throwing.View, throwing.Position);
        var retried = await RunningProgram.RunWorkerAsync(data, "parked", "retry", throwing.View, throwing.Position, "--yes", "--json");
        Assert.Equal((0, 1), (retried.ExitCode, retried.Json.GetProperty("events").GetInt32()));
        await Wait.UntilAsync(async () => await ParkedAsync(stores, throwing.View, throwing.Position) is { IsAsked: false } now
            && now.Attempts == before.Attempts + 1);

        // Left out, what waited follows; also in views that have parked some of the same events: the sales, and on servers the index of
        // commands. Of one reason, in all views at once.
        var all = await RunningProgram.RunWorkerAsync(data, "parked", "list", "--json");
        var threw = (await RunningProgram.RunWorkerAsync(data, "parked", "list", "--reason", "threw", "--json")).Json
            .EnumerateArray()
            .Select(one => (one.GetProperty("projection").GetString()!, one.GetProperty("position").GetString()!))
            .ToHashSet();
        var plan = await RunningProgram.RunWorkerAsync(data, "parked", "skip", "--reason", "threw");
        Assert.Equal(2, plan.ExitCode);
        Assert.Contains(
            $"stock-levels: 1 event, at position {parked.Single(one => one.View == "stock-levels" && one.Reason == "threw").Position}\n",
            plan.Errors, StringComparison.Ordinal);
        Assert.Contains($"\n{threw.Count} events in {threw.Count} views: each is left out", plan.Errors, StringComparison.Ordinal);
        var skippedAll = await RunningProgram.RunWorkerAsync(data, "parked", "skip", "--reason", "threw", "--yes", "--json");
        Assert.True(skippedAll.ExitCode == 0, skippedAll.Errors);
        Assert.Equal(
            threw,
            skippedAll.Json.EnumerateArray().Select(
                one => (one.GetProperty("name").GetString()!, one.GetProperty("position").GetString()!)).ToHashSet());
        foreach (var (view, position) in all.Json.EnumerateArray()
            .Select(one => (one.GetProperty("projection").GetString()!, one.GetProperty("position").GetString()!))
            .Distinct()
            .Where(one => !threw.Contains(one)))
        {
            var skipped = await RunningProgram.RunWorkerAsync(data, "parked", "skip", view, position, "-y");
            Assert.True(skipped.ExitCode == 0, skipped.Errors);
        }

        await Wait.UntilAsync(async () => (await stores.Views.ReadGenerationsAsync(CancellationToken.None))
            .All(one => one.Partitions.All(partition => partition.Parked == 0)));
        (string, long)[] afterwards =
            [("P-good", 12), ("P-throws", long.MaxValue - 2), ("P-too-new", 12), ("P-unknown", 12), ("P-unreadable", 12)];
        Assert.Equal(afterwards, await OnHandAsync(stores));
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "parked", "list")).ExitCode);
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "status")).ExitCode);
        await AssertCleanAsync(data);

        // It stays left out when the view is built anew.
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "replay", "customer-overview", "stock-levels")).ExitCode);
        Assert.Equal(afterwards, await OnHandAsync(stores));
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "parked", "list")).ExitCode);
        await AssertCleanAsync(data);
    }

    [Fact]
    public async Task Events_are_shown_as_they_are_and_as_they_come()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        var parked = await WriteShopWithBadEventsAsync(stores.Log);
        var log = await stores.ReadLogAsync();

        var tail = await RunningProgram.RunWorkerAsync(data, "log", "tail", "--last", "4", "--json");
        Assert.True(tail.ExitCode == 0, tail.Errors);
        Assert.Equal(
            log.TakeLast(4).Select(one => (one.Position.ToString(), one.Stream, one.Revision, one.Id)),
            tail.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).Select(one => (
                one.GetProperty("position").GetString()!, one.GetProperty("stream").GetString()!, one.GetProperty("revision").GetInt64(),
                one.GetProperty("id").GetGuid())));

        // What can't be read is among them, whole.
        var bad = parked.Single(one => one.Reason == "unreadable");
        var stream = await RunningProgram.RunWorkerAsync(data, "log", "stream", "product-P-unreadable", "--from", "1");
        Assert.Equal(3, stream.ExitCode);
        string[] lines = stream.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [false, true, false, false],
            lines.Select(one => one.Contains("(unreadable 'stock-received.v1': ", StringComparison.Ordinal)));
        Assert.Contains($"  {bad.Position}  product-P-unreadable@2  stock-received.v1  ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("{\"sku\":", lines[1], StringComparison.Ordinal);
        var shown = await RunningProgram.RunWorkerAsync(data, "log", "show", bad.Position);
        Assert.Equal(3, shown.ExitCode);
        Assert.Contains("can't be read: unreadable", shown.Output, StringComparison.Ordinal);

        await using var follow = RunningProgram.StartWorker(
            data, "log", "tail", "--from", bad.Position, "--follow", "--stream", "product-", "--type", "stock-received.v1");
        await Wait.UntilAsync(() => follow.Output.Contains("product-P-throws@2", StringComparison.Ordinal));
        await stores.Log.WriteAsync("order-o-9", new OrderPlaced("o-9", "ada", [], new Money(1, "EUR"), null, s_at));
        await stores.Log.WriteAsync("product-P-good", new StockReceived("P-good", 6, null, s_at));
        await Wait.UntilAsync(() => follow.Output.Contains("product-P-good@4", StringComparison.Ordinal));
        Assert.DoesNotContain("order-", follow.Output, StringComparison.Ordinal);

        // What goes on until it is told to end, ends with that code and without a complaint.
        // Told what to log, since the settings of the API lie beside it here.
        await using var watch = RunningProgram.StartWorker(data, "status", "--watch", "--Logging:LogLevel:Default=Warning");
        await Wait.UntilAsync(() => watch.Output.Contains("per s", StringComparison.Ordinal));
        foreach (var program in new[] { follow, watch })
        {
            await program.StopAsync();
            Assert.Equal((130, ""), (await program.WaitForExitAsync(), program.Errors.Trim()));
        }
    }

    [Fact]
    public async Task A_view_gets_another_number_of_partitions_while_it_is_written_to()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await using var api = await RunningApi.StartAloneAsync(data);
        Assert.Equal(1, (await RunningProgram.RunWorkerAsync(data, "repartition", "order-details", "2")).ExitCode);
        await using var first = RunningProgram.StartWorker(data, "run");
        await using var second = RunningProgram.StartWorker(data, "run");
        var traffic = new Traffic();
        await traffic.OpenShopAsync(api.Client);
        using var stop = new CancellationTokenSource();
        var running = traffic.RunSteadilyAsync(api.Client, stop.Token);
        await CaughtUpAsync(stores);

        foreach (var bad in (string[])["0", "257", "-1", "many"])
        {
            Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "repartition", "order-details", bad)).ExitCode);
        }

        foreach (var count in (int[])[8, 1])
        {
            var done = await RunningProgram.RunWorkerAsync(
                data, "repartition", "order-details", count.ToString(CultureInfo.InvariantCulture), "--json");
            Assert.True(done.ExitCode == 0, done.Errors);
            Assert.Equal(count, done.Json[0].GetProperty("partitions").GetInt32());
            await CaughtUpAsync(stores);
            var partitions = (await LiveAsync(stores, "order-details")).Partitions;
            Assert.Equal(count, partitions.Count);
            await Wait.UntilAsync(async () => (await LiveAsync(stores, "order-details")).Partitions.Select(one => one.Owner) is var owners
                && owners.All(owner => owner is not null) && owners.Distinct().Count() == Math.Min(count, 2));
            await AssertCleanAsync(data);
        }

        await stop.CancelAsync();
        await running;
        await CaughtUpAsync(stores);
        await AssertCleanAsync(data);
        Assert.All(await stores.Views.ReadGenerationsAsync(CancellationToken.None), one => Assert.True(one.IsLive));
    }

    /// <summary>Exactly the documents that a fold of the log's prefix gives, beside what is live.</summary>
    [Fact]
    public async Task A_view_is_built_as_it_was_at_a_position()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(200);
        var log = await stores.ReadLogAsync();
        foreach (var at in (int[])[0, 333, log.Count - 1])
        {
            var position = log[at].Position;
            var expected = Fold(log.Take(at + 1));
            for (var time = 0; time < 2; time++)
            {
                var replay = await RunningProgram.RunWorkerAsync(data, "replay", "order-details", "--to", position.ToString(), "--json");
                Assert.True(replay.ExitCode == 0, replay.Errors);
                Assert.Equal(
                    ($"order-details-at-{position}", position.ToString()),
                    (replay.Json[0].GetProperty("name").GetString(), replay.Json[0].GetProperty("position").GetString()));
                Assert.Equal(expected, await stores.ReadViewAsync(OrderDetails.View.Named($"order-details-at-{position}")));
            }
        }

        // A server's log ends behind the last event that a filter lets through.
        var head = (await stores.Log.ReadHeadAsync(CancellationToken.None)).Value;
        foreach (var nowhere in (string[])["0", (head + 1).ToString(CultureInfo.InvariantCulture), "-1", "yesterday"])
        {
            Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "replay", "order-details", "--to", nowhere)).ExitCode);
        }

        // What is live was not there before, and is not now.
        var views = (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).Select(one => one.View).ToList();
        Assert.Equal(3, views.Count);
        Assert.DoesNotContain("order-details", views);

        var status = await RunningProgram.RunWorkerAsync(data, "status", "--json");
        Assert.Equal(0, status.ExitCode);
        Assert.All(
            status.Json.EnumerateArray(),
            one => Assert.Equal(("apart", 0), (one.GetProperty("state").GetString(), one.GetProperty("lag").GetInt64())));
        Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "drop", views[0])).ExitCode);
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "drop", views[0], "--yes")).ExitCode);
        Assert.Equal(1, (await RunningProgram.RunWorkerAsync(data, "drop", views[0], "--yes")).ExitCode);
        Assert.Equal(views[1..], (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).Select(one => one.View));
    }

    [Fact]
    public async Task A_replay_that_is_killed_is_carried_on_where_it_was()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(2_000);
        var head = await stores.Log.ReadHeadAsync(CancellationToken.None);
        await using (var worker = RunningProgram.StartWorker(data, "run", "--only", "order-details"))
        {
            await CaughtUpAsync(stores, "order-details");
            await worker.StopAsync();
        }

        var before = await stores.ReadViewAsync(OrderDetails.View);
        var reached = 0L;
        for (var kill = 1; kill <= 3; kill++)
        {
            await using var killed = RunningProgram.StartWorker(data, "replay", "order-details", Slow);
            var building = await BuildingAsync(stores, killed, position => position > reached && position > head.Value / 5 * kill);
            await killed.KillAsync();
            Assert.Equal(2, building.Number);
            if (kill > 1)
            {
                Assert.Contains(
                    $"carries on with generation 2, and builds version 1 from position {reached}", killed.Errors, StringComparison.Ordinal);
            }

            building = (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).Single(
                one => one.State == GenerationState.Building);
            Assert.InRange(building.Position, reached + 1, head.Value - 1);
            reached = building.Position;
        }

        var carriedOn = await RunningProgram.RunWorkerAsync(data, "replay", "order-details", "--json");
        Assert.True(carriedOn.ExitCode == 0, carriedOn.Errors);
        Assert.Contains($"from position {reached}", carriedOn.Errors, StringComparison.Ordinal);
        Assert.Equal(2, carriedOn.Json[0].GetProperty("generation").GetInt32());
        Assert.Equal(before, await stores.ReadViewAsync(OrderDetails.View));

        await using (var begun = RunningProgram.StartWorker(data, "replay", "order-details", Slow))
        {
            Assert.Equal(3, (await BuildingAsync(stores, begun, position => position > 0)).Number);
            await begun.KillAsync();
        }

        var anew = await RunningProgram.RunWorkerAsync(data, "replay", "order-details", "--from-scratch", "--json");
        Assert.True(anew.ExitCode == 0, anew.Errors);
        Assert.Contains("drops generation 3, which was begun, and builds version 1 from position 0", anew.Errors, StringComparison.Ordinal);
        Assert.Equal(4, anew.Json[0].GetProperty("generation").GetInt32());
        Assert.Equal(before, await stores.ReadViewAsync(OrderDetails.View));
    }

    [Fact]
    public async Task There_is_a_way_back_from_a_replay_with_and_without_a_worker()
    {
        await using var data = await Deployment.StartAsync();
        await using var stores = new Stores(data);
        await stores.Log.AppendOrdersAsync(50);
        var nothing = await RunningProgram.RunWorkerAsync(data, "rollback", "order-details", "--yes");
        Assert.Equal(1, nothing.ExitCode);
        Assert.Contains("'order-details' has no generation to go back to", nothing.Errors, StringComparison.Ordinal);

        var replay = await RunningProgram.RunWorkerAsync(data, "replay", "order-details");
        Assert.True(replay.ExitCode == 0, replay.Errors);
        Assert.Equal(2, (await LiveAsync(stores, "order-details")).Number);
        await stores.Log.WriteAsync("order-later", new OrderPlaced("later", "ada", [], new Money(1, "EUR"), null, s_at));

        Assert.Equal(2, (await RunningProgram.RunWorkerAsync(data, "rollback", "order-details")).ExitCode);
        await GoesBackToAsync(1);
        await using (RunningProgram.StartWorker(data, "run"))
        {
            await CaughtUpAsync(stores);
            await GoesBackToAsync(2);
            await stores.Log.WriteAsync("order-last", new OrderPlaced("last", "ada", [], new Money(1, "EUR"), null, s_at));
            await GoesBackToAsync(1);
            await CaughtUpAsync(stores);
            Assert.Equal(52, (await stores.ReadViewAsync(OrderDetails.View)).Count);
        }

        // Nobody said that the worker was gone, so its lease has to end first.
        await GoesBackToAsync(2);
        Assert.Equal(52, (await stores.ReadViewAsync(OrderDetails.View)).Count);
        Assert.Equal(0, (await RunningProgram.RunWorkerAsync(data, "verify", "order-details")).ExitCode);

        async Task GoesBackToAsync(int number)
        {
            var back = await RunningProgram.RunWorkerAsync(data, "rollback", "order-details", "--yes", "--json");
            Assert.True(back.ExitCode == 0, back.Errors);
            Assert.Equal(
                (number, "live"), (back.Json[0].GetProperty("generation").GetInt32(), back.Json[0].GetProperty("state").GetString()));
            Assert.Equal(number, (await LiveAsync(stores, "order-details")).Number);
        }
    }

    /// <summary>
    /// A shop in which each kind of bad event stands between good ones; answers what is to be parked, by view and position.
    /// </summary>
    private static async Task<List<Bad>> WriteShopWithBadEventsAsync(IEventStore log)
    {
        List<Bad> parked = [];
        var much = new Money(decimal.MaxValue, "EUR");

        // Paid, or the payment deadline, which has passed long ago, cancels it: one more event that waits.
        await log.WriteAsync(
            "order-o-1",
            new OrderPlaced("o-1", "ada", [], much, null, s_at),
            new OrderConfirmed("o-1", "ada", [], much, s_at),
            new OrderPaid("o-1", "ada", much, s_at));
        await log.WriteAsync("order-o-2", new OrderPlaced("o-2", "ada", [], much, null, s_at));
        var overflow = await log.WriteAsync("order-o-2", new OrderConfirmed("o-2", "ada", [], much, s_at));
        await log.WriteAsync("order-o-2", new OrderPaid("o-2", "ada", much, s_at));
        await log.WriteAsync("order-o-3", new OrderPlaced("o-3", "bob", [], new Money(1, "EUR"), null, s_at));
        parked.Add(new Bad("customer-overview", overflow.ToString(), "ada", "threw", 1));

        (string Sku, object? Bad, string Reason)[] products =
        [
            ("P-good", null, ""),
            ("P-unreadable", new NewEvent(Guid.CreateVersion7(), "stock-received.v1", "{\"sku\":"u8.ToArray(), default), "unreadable"),
            ("P-unknown", new NewEvent(Guid.CreateVersion7(), "stock-counted.v1", "{}"u8.ToArray(), default), "unknown-type"),
            ("P-too-new", new NewEvent(Guid.CreateVersion7(), "stock-received.v2", "{}"u8.ToArray(), default), "too-new"),
        ];
        foreach (var (sku, bad, reason) in products)
        {
            await log.WriteAsync(
                $"product-{sku}", new ProductAdded(sku, sku, null, new Money(1, "EUR"), s_at), new StockReceived(sku, 5, null, s_at));
            if (bad is not null)
            {
                var position = await log.WriteAsync($"product-{sku}", bad);
                parked.Add(new Bad("stock-levels", position.ToString(), null, reason, 2));
            }

            await log.WriteAsync($"product-{sku}", new StockReceived(sku, 3, null, s_at), new StockReceived(sku, 4, null, s_at));
        }

        await log.WriteAsync(
            "product-P-throws",
            new ProductAdded("P-throws", "", null, new Money(1, "EUR"), s_at),
            new StockReceived("P-throws", long.MaxValue, null, s_at));
        var full = await log.WriteAsync("product-P-throws", new StockReceived("P-throws", 1, null, s_at));
        await log.WriteAsync(
            "product-P-throws", new StockReserved("P-throws", "o-1", 2, s_at), new StockDispatched("P-throws", "o-1", 2, s_at));
        parked.Add(new Bad("stock-levels", full.ToString(), "P-throws", "threw", 2));
        return parked;
    }

    /// <summary>The documents of a fold, as <see cref="Stores.ReadViewAsync"/> tells them.</summary>
    private static Dictionary<string, string> Fold(IEnumerable<RecordedEvent> log)
    {
        var projection = new OrderDetailsProjection();
        Dictionary<string, (long Position, OrderDetails Value)> documents = new(StringComparer.Ordinal);
        foreach (var recorded in log.Where(one => projection.Filter.Passes(one.Stream, one.Type)))
        {
            var envelope = new EventEnvelope(recorded, Assert.IsType<DecodedEvent.Known>(OrderlyEvents.Types.Decode(recorded)).Event);
            foreach (var id in projection.DocumentIdsOf(envelope))
            {
                if (projection.Project(id, documents.GetValueOrDefault(id).Value, envelope) is { } document)
                {
                    documents[id] = (recorded.Position.Value, document);
                }
                else
                {
                    documents.Remove(id);
                }
            }
        }

        return documents.ToDictionary(
            one => one.Key,
            one => $"{one.Value.Position} {JsonSerializer.Serialize(one.Value.Value, projection.View.Json)}",
            StringComparer.Ordinal);
    }

    private static async Task AssertCleanAsync(Deployment data)
    {
        var verify = await RunningProgram.RunWorkerAsync(data, ["verify", .. s_views]);
        Assert.True(verify.ExitCode == 0, verify.Output + verify.Errors);
        Assert.Equal("", verify.Output.Trim());
    }

    private static async Task<ViewGeneration> LiveAsync(Stores stores, string view)
        => Assert.Single(await stores.Views.ReadGenerationsAsync(CancellationToken.None), one => one.View == view && one.IsLive);

    /// <summary>Waits until views, all of them when none is named, hold what is in the log now.</summary>
    private static async Task CaughtUpAsync(Stores stores, params IReadOnlyCollection<string> views)
    {
        views = views.Count > 0 ? views : s_views;
        var head = await stores.Log.ReadHeadAsync(CancellationToken.None);
        await Wait.UntilAsync(async () =>
        {
            var generations = await stores.Views.ReadGenerationsAsync(CancellationToken.None);
            return views.All(view => generations.Any(one => one.View == view && one.IsLive && one.Position >= head.Value));
        });
    }

    /// <summary>The generation that a program is building, once it is far enough.</summary>
    private static async Task<ViewGeneration> BuildingAsync(Stores stores, RunningProgram builder, Func<long, bool> isFarEnough)
    {
        ViewGeneration? building = null;
        await Wait.UntilAsync(async () =>
        {
            Assert.False(builder.HasExited, builder.Errors);
            building = (await stores.Views.ReadGenerationsAsync(CancellationToken.None)).SingleOrDefault(
                one => one.State == GenerationState.Building);
            return building is not null && isFarEnough(building.Position);
        });
        return building!;
    }

    private static async Task<IReadOnlyList<(string, long)>> OnHandAsync(Stores stores)
        => [.. (await stores.Views.QueryAsync(StockLevel.View, new ViewQuery([], 100), CancellationToken.None)).Documents.Select(
            one => (one.Id, one.Value.OnHand))];

    private static async Task<ParkedEvent> ParkedAsync(Stores stores, string view, string position)
        => (await stores.Views.ReadParkedAsync(view, (await LiveAsync(stores, view)).Number, CancellationToken.None))
            .Single(one => one.Position.ToString(CultureInfo.InvariantCulture) == position);

    private sealed record Bad(string View, string Position, string? Document, string Reason, int Waiting);
}
