using System.Diagnostics.Metrics;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Polly.CircuitBreaker;

namespace Orderly.Hosting;

/// <summary>
/// Measures how long appends take, notes how the last one ended, and makes none while the store's circuit is open, whichever the store.
/// Around the port, since the domain reads no clock.
/// </summary>
public sealed class MeasuredEventStore(IEventStore inner, AppendOutcome last, StoreCircuit circuit, TimeProvider time) : IEventStore
{
    private static readonly Meter s_meter = new(CommandTelemetry.Name);

    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>(
        "orderly.append.duration", "s", "How long the event store took to answer an append.", advice: new()
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken)
        => inner.ReadStreamAsync(stream, direction, fromRevision, limit, cancellationToken);

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken)
        => inner.ReadAllAsync(after, filter, limit, cancellationToken);

    public IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, CancellationToken cancellationToken)
        => inner.ReadAllBackwardsAsync(from, filter, limit, cancellationToken);

    public IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, CancellationToken cancellationToken)
        => inner.SubscribeAsync(after, filter, cancellationToken);

    public Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken) => inner.ReadHeadAsync(cancellationToken);

    public Task<string> ReadIdentityAsync(CancellationToken cancellationToken) => inner.ReadIdentityAsync(cancellationToken);

    public Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken)
        => inner.HoldsAsync(position, eventId, cancellationToken);

    public Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken)
        => inner.ReadMetadataAsync(stream, cancellationToken);

    public Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
        => inner.SetMetadataAsync(stream, metadata, cancellationToken);

    public Task DeleteStreamAsync(string stream, CancellationToken cancellationToken) => inner.DeleteStreamAsync(stream, cancellationToken);

    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await circuit.CallAsync(
                static async (store, token) =>
                {
                    await store.ProbeAsync(token);
                    return true;
                },
                inner, cancellationToken);
            last.Succeeded();
        }
        catch (BrokenCircuitException e)
        {
            throw NotAsked(e);
        }
        catch (EventStoreUnavailableException)
        {
            last.Failed();
            throw;
        }
    }

    public async Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        long? started = s_duration.Enabled ? time.GetTimestamp() : null;
        var outcome = "failed";
        var counts = circuit.Counts;
        try
        {
            var result = counts
                ? await circuit.CallAsync(
                    static (with, token) => with.inner.AppendAsync(with.stream, with.expected, with.events, token),
                    (inner, stream, expected, events), cancellationToken)
                : await inner.AppendAsync(stream, expected, events, cancellationToken);
            outcome = result switch
            {
                AppendResult.Appended => "appended",
                AppendResult.WrongExpectedRevision => "conflict",
                _ => "deleted",
            };
            if (result is AppendResult.Appended)
            {
                last.Succeeded();
            }

            return result;
        }
        catch (EventStoreUnavailableException e)
        {
            outcome = "unavailable";
            last.Failed();
            if (!counts)
            {
                await circuit.FailedAsync(e);
            }

            throw;
        }
        catch (BrokenCircuitException e)
        {
            outcome = "refused";
            throw NotAsked(e);
        }
        finally
        {
            if (started is { } began)
            {
                s_duration.Record(time.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
            }
        }
    }

    private static EventStoreUnavailableException NotAsked(Exception e)
        => new("The event store was not asked to write, since it just could not.", e);
}
