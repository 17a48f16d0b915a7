using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EventStore.Client;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using EventFilter = Orderly.Domain.EventStore.EventFilter;

namespace Orderly.Storage.EventStoreDb;

/// <summary>
/// One subscription of the port, made of as many of the server's as it takes. Two things need more than one of them.
/// </summary>
/// <remarks>
/// <para>The server tells how far a filter has passed over the log only once in so many events. A wide window is quick
/// while the log is being caught up with; at its end, a window of one event tells every step. So the subscription is
/// opened anew when it has caught up.</para>
/// <para>The server keeps 32 events for a reader that does not take them and then drops it. So they are taken off the wire
/// at once into a larger buffer; and when that is full too, the subscription is opened anew after the last event that was
/// handed on, without delay, since nothing is broken.</para>
/// <para>A server can answer pings and deliver nothing. So when nothing comes for a while, the end of the log is read; when the log has
/// gone on and still nothing comes, the subscription is opened anew.</para>
/// </remarks>
internal sealed partial class LogSubscription(
    EventStoreDbStore store, EventStoreClient client, EventFilter filter, LogPosition after, TimeSpan silence, ILogger logger)
{
    /// <summary>
    /// How many events the server looks at for one page of a filtered read while it catches up. A sparse filter gains by more; the
    /// server answers nothing meanwhile.
    /// </summary>
    public const int SearchWindow = 500;

    /// <summary>How many messages wait in memory to be taken.</summary>
    private const int BufferedMessages = 1_024;

    /// <summary>How often in a row the subscription is opened anew without having yielded anything, before it counts as failed.</summary>
    private const int MaxFruitlessResubscriptions = 3;

    /// <summary>How far everything was handed on.</summary>
    private LogPosition _last = after;

    private bool _isAtEnd;
    private int _fruitless;

    /// <summary>Yields without end.</summary>
    /// <exception cref="EventStoreUnavailableException">
    /// The server can't go on; a new subscription after the last message misses nothing.
    /// </exception>
    public async IAsyncEnumerable<SubscriptionMessage> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = _last;
            var hadCaughtUp = _isAtEnd;
            await foreach (var message in OpenAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return message;
            }

            // It ends by itself when it has caught up for the first time, when it was dropped, and when it delivers nothing.
            if (_isAtEnd && !hadCaughtUp)
            {
                continue;
            }

            _fruitless = _last > before ? 0 : _fruitless + 1;
            if (_fruitless > MaxFruitlessResubscriptions)
            {
                throw new EventStoreUnavailableException("EventStoreDB delivers nothing, however often the subscription is opened.");
            }

            LogEnded(_last.Value);
            _isAtEnd = false;
            if (hadCaughtUp)
            {
                yield return SubscriptionMessage.FellBehind(_last);
            }
        }
    }

    /// <summary>One subscription of the server, after the last message; ends when another one is needed.</summary>
    private async IAsyncEnumerable<SubscriptionMessage> OpenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await ReadWhatTheServerWouldSkipAsync(cancellationToken).ConfigureAwait(false) is { } skipped)
        {
            yield return skipped;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var buffer = Channel.CreateBounded<StreamMessage>(
            new BoundedChannelOptions(BufferedMessages) { SingleReader = true, SingleWriter = true });
        var pump = PumpAsync(buffer.Writer, stop.Token);
        try
        {
            while (await HasMoreAsync(buffer.Reader, cancellationToken).ConfigureAwait(false))
            {
                while (buffer.Reader.TryRead(out var received))
                {
                    if (received is StreamMessage.CaughtUp && !_isAtEnd)
                    {
                        _isAtEnd = true;
                        yield break;
                    }

                    if (received is StreamMessage.CaughtUp
                        && await CheckpointAtEndAsync(cancellationToken).ConfigureAwait(false) is { } checkpoint)
                    {
                        yield return checkpoint;
                    }

                    if (MessageOf(received) is { } message)
                    {
                        yield return message;
                    }
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    private async Task PumpAsync(ChannelWriter<StreamMessage> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var start = _last == LogPosition.Start ? FromAll.Start : FromAll.After(Recorded.PositionOf(_last));
            var onServer = new SubscriptionFilterOptions(filter.OnServer(_isAtEnd ? 1 : SearchWindow), checkpointInterval: 1);
            var subscription = client.SubscribeToAll(start, filterOptions: onServer, cancellationToken: cancellationToken);
            await using var closing = ((IAsyncDisposable)subscription).ConfigureAwait(false);
            await foreach (var message in subscription.Messages.ConfigureAwait(false))
            {
                await buffer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
            }

            buffer.TryComplete();
        }
        catch (Exception e)
        {
            // Not lost: who reads the buffer gets it.
            buffer.TryComplete(e);
        }
    }

    /// <summary>False when the subscription was dropped for being too slow, ended by the server, or delivers nothing.</summary>
    private async Task<bool> HasMoreAsync(ChannelReader<StreamMessage> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var more = buffer.WaitToReadAsync(cancellationToken);
            return await (more.IsCompleted ? more.AsTask() : WatchAsync(more.AsTask(), cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e) when (Faults.IsFault(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Faults.IsTooSlow(e) ? false : throw Faults.Unavailable(e);
        }
    }

    private async Task<bool> WatchAsync(Task<bool> more, CancellationToken cancellationToken)
    {
        for (var hasMissed = false; ;)
        {
            try
            {
                return await more.WaitAsync(silence, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!more.IsCompleted)
            {
                if (hasMissed)
                {
                    return false;
                }

                // What lies between the last message and the end should have been told by now; it may still be under way.
                hasMissed = await store.ReadHeadAsync(cancellationToken).ConfigureAwait(false) > _last;
            }
        }
    }

    private SubscriptionMessage? MessageOf(StreamMessage received)
    {
        switch (received)
        {
            case StreamMessage.Event(var resolved) when Recorded.PositionOf(resolved.OriginalEvent.Position) > _last:
                return MessageOf(resolved.OriginalEvent);
            case StreamMessage.AllStreamCheckpointReached(var position) when Recorded.PositionOf(position) > _last:
                _last = Recorded.PositionOf(position);
                return SubscriptionMessage.Checkpoint(_last);
            case StreamMessage.CaughtUp:
                return SubscriptionMessage.CaughtUp(_last);
            case StreamMessage.FellBehind:
                return SubscriptionMessage.FellBehind(_last);
            default:
                return null;
        }
    }

    private SubscriptionMessage MessageOf(EventRecord record)
    {
        var message = filter.Passes(record)
            ? SubscriptionMessage.Of(Recorded.Of(record))
            : SubscriptionMessage.Checkpoint(Recorded.PositionOf(record.Position), record.EventId.ToGuid());
        _last = message.Position;
        return message;
    }

    /// <summary>
    /// The server goes on after a position by leaving out one event from there on. That is the event at the position,
    /// unless a scavenge has removed it: then it is the next one, which nobody has seen yet.
    /// </summary>
    private async Task<SubscriptionMessage?> ReadWhatTheServerWouldSkipAsync(CancellationToken cancellationToken)
        => _last > LogPosition.Start
            && await store.FirstFromAsync(_last, cancellationToken).ConfigureAwait(false) is { } first
            && Recorded.PositionOf(first.Position) > _last
                ? MessageOf(first)
                : null;

    /// <summary>
    /// How far the subscription is when it has caught up, which the server does not say: up to the head of the log, if no
    /// event that passes the filter lies between. If one does, it is on its way, and steps after it are told one by one.
    /// </summary>
    private async Task<SubscriptionMessage?> CheckpointAtEndAsync(CancellationToken cancellationToken)
    {
        var head = await store.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if (head <= _last)
        {
            return null;
        }

        var next = await store.ReadAllAsync(_last, filter, 1, cancellationToken).FirstOrDefaultAsync(cancellationToken)
            .ConfigureAwait(false);
        if (next?.Position <= head)
        {
            return null;
        }

        _last = head;
        return SubscriptionMessage.Checkpoint(head);
    }

    [LoggerMessage(
        6001, LogLevel.Information,
        "The subscription to EventStoreDB was dropped, or delivers nothing, after position {Position}; it is opened anew there.")]
    private partial void LogEnded(long position);
}
