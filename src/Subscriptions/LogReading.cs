using System.Threading.Channels;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;

namespace Orderly.Subscriptions;

/// <summary>A message of the log's subscription, its event read.</summary>
/// <param name="Message">As the log sent it.</param>
/// <param name="Envelope">The event; null for other messages, and when it can't be read.</param>
/// <param name="Fault">Why the event can't be read; null when it can.</param>
internal readonly record struct LogItem(SubscriptionMessage Message, EventEnvelope? Envelope, string? Fault);

/// <summary>
/// The loader: reads and decodes ahead of whoever folds, on a task of its own, into a bounded queue. What the log can't
/// deliver ends <see cref="Items"/> with the exception. Dispose it to stop reading.
/// </summary>
internal sealed class LogReading : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;

    private LogReading(ChannelReader<LogItem> items, Task pump, CancellationTokenSource stop)
        => (Items, _pump, _stop) = (items, pump, stop);

    public ChannelReader<LogItem> Items { get; }

    public static LogReading Start(
        IEventStore log, EventTypes types, LogPosition after, EventFilter filter, int readAhead, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var queue = Channel.CreateBounded<LogItem>(new BoundedChannelOptions(readAhead) { SingleReader = true, SingleWriter = true });
        return new LogReading(queue.Reader, PumpAsync(log.SubscribeAsync(after, filter, stop.Token), types, queue.Writer, stop.Token), stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static async Task PumpAsync(
        IAsyncEnumerable<SubscriptionMessage> messages, EventTypes types, ChannelWriter<LogItem> items, CancellationToken cancellationToken)
    {
        // From here on beside the caller, also when the log answers without waiting.
        await Task.Yield();
        try
        {
            await foreach (var message in messages.ConfigureAwait(false))
            {
                await items.WriteAsync(Decode(message, types), cancellationToken).ConfigureAwait(false);
            }

            items.Complete();
        }
        catch (Exception e)
        {
            // Not lost: the reader of the queue gets it.
            items.Complete(e);
        }
    }

    private static LogItem Decode(SubscriptionMessage message, EventTypes types)
    {
        if (message.Event is not { } recorded)
        {
            return new LogItem(message, null, null);
        }

        var decoded = types.Decode(recorded);
        return decoded is DecodedEvent.Known known
            ? new LogItem(message, new EventEnvelope(recorded, known.Event), null)
            : new LogItem(message, null, decoded.Describe());
    }
}
