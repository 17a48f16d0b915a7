using System.Diagnostics;

namespace Orderly.Demo;

/// <summary>Runs a plan against the API: opens the shop, places orders at the rate, and follows each of them to its end.</summary>
internal sealed class DemoRun(DemoPlan plan, DemoClient client, DemoFigures figures, DemoPace pace) : IDisposable
{
    private const int OpeningClients = 16;

    /// <summary>Orders that are followed at the same time; when there are so many, no more are placed.</summary>
    private const int MaxFollowed = 2_000;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestLook = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _followed = new(MaxFollowed);
    private readonly Stopwatch _elapsed = new();
    private readonly Stopwatch _placing = new();
    private int _following;

    /// <summary>How many orders are followed now.</summary>
    public int Following => Volatile.Read(ref _following);

    /// <summary>For how long the demo has been run.</summary>
    public TimeSpan Elapsed => _elapsed.Elapsed;

    /// <summary>For how long orders were placed.</summary>
    public TimeSpan Placing => _placing.Elapsed;

    /// <summary>Opens the shop, places the orders, and waits until the last one is as far as it gets.</summary>
    /// <param name="tell">Called with what is done now.</param>
    /// <exception cref="DemoGaveUpException">There was no answer that counts.</exception>
    public async Task RunAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        _elapsed.Start();
        await OpenAsync(tell, cancellationToken);
        await PlaceAsync(cancellationToken);
    }

    public void Dispose() => _followed.Dispose();

    /// <summary>Makes customers, products and stock. What is there from an earlier run stays as it is.</summary>
    private async Task OpenAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        foreach (var commands in plan.Opening())
        {
            tell($"Opens the shop: {commands[0].Kind}");
            var options = new ParallelOptions { MaxDegreeOfParallelism = OpeningClients, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(commands, options, async (command, cancelled) => await client.SendAsync(command, cancelled));
        }
    }

    private async Task PlaceAsync(CancellationToken cancellationToken)
    {
        // An order that gives up ends all of them: the API is not there any more.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? failure = null;
        _placing.Start();
        try
        {
            await PlaceAtRateAsync(order => Follow(order, e => failure ??= e, stop), stop.Token);
        }
        catch (OperationCanceledException) when (failure is not null && !cancellationToken.IsCancellationRequested)
        {
            // The failure is thrown when the last order has ended.
        }
        finally
        {
            _placing.Stop();
        }

        for (var i = 0; i < MaxFollowed; i++)
        {
            await _followed.WaitAsync(CancellationToken.None);
        }

        _followed.Release(MaxFollowed);
        cancellationToken.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            throw failure;
        }
    }

    private async Task PlaceAtRateAsync(Action<DemoOrder> follow, CancellationToken cancellationToken)
    {
        var due = TimeSpan.Zero;
        var interval = TimeSpan.FromSeconds(1 / pace.Rate);
        foreach (var order in pace.Orders is { } count ? plan.Orders().Take(count) : plan.Orders())
        {
            var now = _placing.Elapsed;
            if (now < due)
            {
                await Task.Delay(due - now, cancellationToken);
            }
            else if (now - due > TimeSpan.FromSeconds(1))
            {
                // What could not be placed in time is not made up for in one burst.
                due = now;
            }

            if (_placing.Elapsed >= pace.Duration)
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
            var status = await client.ReadStatusAsync(order.OrderId, position, isValidated: false, cancellationToken);
            if (status is "paid" or "shipped" or "delivered" or "cancelled")
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
