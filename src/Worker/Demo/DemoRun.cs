using System.Diagnostics;

namespace Orderly.Worker.Demo;

/// <summary>How a demo is run.</summary>
/// <param name="Rate">Orders a second, more than 0.</param>
/// <param name="Orders">How many; null: until the time is over.</param>
/// <param name="Duration">For how long orders are placed; null: until there were enough.</param>
/// <param name="Patience">For how long an order's validation or payment is waited for.</param>
internal sealed record DemoPace(double Rate, int? Orders, TimeSpan? Duration, TimeSpan Patience);

/// <summary>Runs a plan against the API: opens the shop, places orders at the rate, and follows each of them to its end.</summary>
internal sealed class DemoRun(DemoPlan plan, DemoClient client, DemoFigures figures, DemoPace pace) : IDisposable
{
    private const int OpeningClients = 16;

    /// <summary>Orders that are followed at the same time; when there are so many, no more are placed.</summary>
    private const int MaxFollowed = 2_000;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestLook = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _followed = new(MaxFollowed);
    private int _following;

    /// <summary>How many orders are followed now.</summary>
    public int Following => Volatile.Read(ref _following);

    /// <summary>Makes customers, products and stock. What is there from an earlier run stays as it is.</summary>
    public async Task OpenAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        foreach (var commands in plan.Opening())
        {
            tell($"Opens the shop: {commands[0].Kind}");
            var options = new ParallelOptions { MaxDegreeOfParallelism = OpeningClients, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(commands, options, async (command, cancelled) => await client.SendAsync(command, cancelled));
        }
    }

    /// <summary>Places the orders, and waits until the last one is as far as it gets.</summary>
    /// <returns>For how long orders were placed.</returns>
    public async Task<TimeSpan> PlaceAsync(CancellationToken cancellationToken)
    {
        // One that gives up ends all: the API is not there any more.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            await PlaceAtRateAsync(started, order => Follow(order, e => failure ??= e, stop), stop.Token);
        }
        catch (OperationCanceledException) when (failure is not null && !cancellationToken.IsCancellationRequested)
        {
        }

        var placing = Stopwatch.GetElapsedTime(started);
        for (var i = 0; i < MaxFollowed; i++)
        {
            await _followed.WaitAsync(CancellationToken.None);
        }

        _followed.Release(MaxFollowed);
        cancellationToken.ThrowIfCancellationRequested();
        return failure is null ? placing : throw failure;
    }

    public void Dispose() => _followed.Dispose();

    private async Task PlaceAtRateAsync(long started, Action<DemoOrder> follow, CancellationToken cancellationToken)
    {
        var due = TimeSpan.Zero;
        var interval = TimeSpan.FromSeconds(1 / pace.Rate);
        foreach (var order in pace.Orders is { } count ? plan.Orders().Take(count) : plan.Orders())
        {
            var now = Stopwatch.GetElapsedTime(started);
            if (now < due)
            {
                await Task.Delay(due - now, cancellationToken);
            }
            else if (now - due > TimeSpan.FromSeconds(1))
            {
                // What could not be placed in time is not made up for in one burst.
                due = now;
            }

            if (Stopwatch.GetElapsedTime(started) >= pace.Duration)
            {
                return;
            }

            due += interval;
            foreach (var command in order.Before)
            {
                await client.SendAsync(command, cancellationToken);
            }

            await _followed.WaitAsync(cancellationToken);
            follow(order);
        }
    }

    private void Follow(DemoOrder order, Action<Exception> fail, CancellationTokenSource stop)
    {
        Interlocked.Increment(ref _following);
        _ = RunAsync();

        async Task RunAsync()
        {
            try
            {
                await Task.Yield();
                figures.End(order.Flaw, await FollowAsync(order, stop.Token));
            }
            catch (OperationCanceledException)
            {
                figures.End(order.Flaw, "broken off");
            }
            catch (DemoGaveUpException e)
            {
                figures.End(order.Flaw, "broken off");
                fail(e);
                await stop.CancelAsync();
            }
            finally
            {
                Interlocked.Decrement(ref _following);
                _followed.Release();
            }
        }
    }

    /// <returns>What became of the order.</returns>
    private async Task<string> FollowAsync(DemoOrder order, CancellationToken cancellationToken)
    {
        if (await client.SendAsync(order.Place, cancellationToken) is not { } position)
        {
            return "not placed";
        }

        figures.Place();
        var started = Stopwatch.GetTimestamp();
        if (order.Fate == DemoFate.CancelledAtOnce && await client.SendAsync(order.Cancel, cancellationToken) is not null)
        {
            return "cancelled";
        }

        string? status;
        while ((status = await client.ReadStatusAsync(order.OrderId, position, isValidated: true, cancellationToken)) is null)
        {
            if (Stopwatch.GetElapsedTime(started) > pace.Patience)
            {
                return "not validated";
            }

            // A gateway in between may say so at once.
            await Task.Delay(s_firstLook, cancellationToken);
        }

        figures.Validation.Add(Stopwatch.GetElapsedTime(started));
        return status is "rejected" or "unreadable" ? status : await FulfilAsync(order, cancellationToken);
    }

    private async Task<string> FulfilAsync(DemoOrder order, CancellationToken cancellationToken)
    {
        var paid = "";
        foreach (var payment in order.Payments)
        {
            await Task.Delay(order.Pause, cancellationToken);
            paid = await client.SendAsync(payment, cancellationToken) ?? paid;
        }

        if (order.Fate is DemoFate.NeverPaid or DemoFate.CancelledAtOnce)
        {
            return "confirmed";
        }

        if (order.Fate != DemoFate.CancelledUnpaid && !await IsPaidAsync(order, paid, cancellationToken))
        {
            return "not paid";
        }

        await Task.Delay(order.Pause, cancellationToken);
        if (order.Fate is DemoFate.CancelledUnpaid or DemoFate.CancelledPaid)
        {
            return await client.SendAsync(order.Cancel, cancellationToken) is null ? "not cancelled" : "cancelled";
        }

        if (await client.SendAsync(order.Ship, cancellationToken) is null)
        {
            return "not shipped";
        }

        if (order.Fate == DemoFate.Shipped)
        {
            return "shipped";
        }

        await Task.Delay(order.Pause, cancellationToken);
        return await client.SendAsync(order.Deliver, cancellationToken) is null ? "not delivered" : "delivered";
    }

    /// <summary>Looks until the payment process has marked it paid.</summary>
    private async Task<bool> IsPaidAsync(DemoOrder order, string position, CancellationToken cancellationToken)
    {
        if (position.Length == 0)
        {
            return false;
        }

        var started = Stopwatch.GetTimestamp();
        for (var pause = s_firstLook; ; pause = pause * 2 < s_longestLook ? pause * 2 : s_longestLook)
        {
            // On a repeat it may be much further already.
            if (await client.ReadStatusAsync(order.OrderId, position, isValidated: false, cancellationToken) is "paid" or "shipped" or "delivered" or "cancelled")
            {
                return true;
            }

            if (Stopwatch.GetElapsedTime(started) > pace.Patience)
            {
                return false;
            }

            await Task.Delay(pause, cancellationToken);
        }
    }
}
