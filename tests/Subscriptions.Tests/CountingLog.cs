using System.Runtime.CompilerServices;
using Orderly.Domain.EventStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests;

/// <summary>A log that counts what is read from it by subscriptions, and whose subscriptions can be broken.</summary>
internal sealed class CountingLog(IEventStore inner) : EventStoreDecorator(inner)
{
    private long _events;
    private int _subscriptions;
    private int _heads;
    private CancellationTokenSource _unbroken = new();

    public long Events => Interlocked.Read(ref _events);

    public int Subscriptions => _subscriptions;

    /// <summary>How often the log's end was asked for.</summary>
    public int Heads => _heads;

    /// <summary>What a read of the log's end waits for.</summary>
    public Task HeadAnswers { get; set; } = Task.CompletedTask;

    /// <summary>How long a read of a stream takes.</summary>
    public TimeSpan ReadStreamDelay { get; set; }

    /// <summary>Whether nothing can be subscribed to.</summary>
    public bool IsAway { get; set; }

    /// <summary>Ends all subscriptions that are open with a fault.</summary>
    public void Break() => Interlocked.Exchange(ref _unbroken, new CancellationTokenSource()).Cancel();

    public override async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(ReadStreamDelay, cancellationToken);
        await foreach (var recorded in base.ReadStreamAsync(stream, direction, fromRevision, limit, cancellationToken))
        {
            yield return recorded;
        }
    }

    public override async IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(
        LogPosition after, EventFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            throw new EventStoreUnavailableException("The log is away.");
        }

        Interlocked.Increment(ref _subscriptions);
        var broken = _unbroken.Token;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken);
        await using var messages = base.SubscribeAsync(after, filter, stop.Token).GetAsyncEnumerator(stop.Token);
        while (await MoveNextAsync())
        {
            var message = messages.Current;
            Interlocked.Add(ref _events, message.Event is null ? 0 : 1);
            yield return message;
        }

        async Task<bool> MoveNextAsync()
        {
            try
            {
                return await messages.MoveNextAsync();
            }
            catch (OperationCanceledException) when (broken.IsCancellationRequested)
            {
                throw new EventStoreUnavailableException("The subscription broke.");
            }
        }
    }

    public override async Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _heads);
        await HeadAnswers.WaitAsync(cancellationToken);
        return await base.ReadHeadAsync(cancellationToken);
    }
}
