using System.Runtime.CompilerServices;
using EventStore.Client;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;
using EventFilter = Orderly.Domain.EventStore.EventFilter;
using StreamMetadata = Orderly.Domain.EventStore.StreamMetadata;

namespace Orderly.Storage.EventStoreDb;

/// <summary>
/// <see cref="IEventStore"/> on EventStoreDB with its official client. The port has EventStoreDB's semantics, so little is
/// left to do here: mapping, limits that the client lacks, and a subscription that tells how far it is.
/// </summary>
/// <remarks>
/// Two guarantees of the port go further than the server's. An append without an exact expectation is recognised as a
/// repetition only as long as the server remembers the ids of the events. And a deleted stream's events leave the log
/// with the next scavenge.
/// </remarks>
public sealed partial class EventStoreDbStore : IEventStore, IAsyncDisposable
{
    private const int MaxAppendAttempts = 3;

    /// <summary>Its first event's id is the log's identity.</summary>
    private const string IdentityStream = "orderly-identity";

    /// <summary>With the sign of the server's own events, which readers never see.</summary>
    private const string IdentityType = "$orderly-identity";

    private const string ProbeStream = "orderly-probes";
    private const string ProbeType = "$orderly-probe";

    /// <summary>How long an append, or another change, may take before its outcome counts as unknown.</summary>
    private static readonly TimeSpan s_writeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a read waits for its next event.</summary>
    private static readonly TimeSpan s_readTimeout = TimeSpan.FromSeconds(10);

    private readonly EventStoreClient _client;
    private readonly ILogger _logger;

    /// <param name="connectionString"><c>esdb://…</c> or <c>esdb+discover://…</c>, as the client documents it.</param>
    /// <param name="loggers">Hear the adapter and the client.</param>
    /// <exception cref="ArgumentException">The connection string can't be read.</exception>
    public EventStoreDbStore(string connectionString, ILoggerFactory loggers)
    {
        var settings = SettingsOf(connectionString);
        settings.LoggerFactory = loggers;
        settings.ConnectionName ??= $"orderly-{Guid.NewGuid():N}";
        settings.OperationOptions.ThrowOnAppendFailure = false;
        _client = new EventStoreClient(settings);
        _logger = loggers.CreateLogger<EventStoreDbStore>();
    }

    /// <summary>Reads a connection string without connecting.</summary>
    /// <exception cref="ArgumentException">It can't be read; the message does not repeat it, since it may hold a password.</exception>
    public static void Check(string connectionString) => SettingsOf(connectionString);

    public async Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        CheckName(stream);
        Check(events);
        cancellationToken.ThrowIfCancellationRequested();

        var data = events.Select(@event => new EventData(Uuid.FromGuid(@event.Id), @event.Type, @event.Data, @event.Metadata)).ToList();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await StartAppend(stream, expected, data, cancellationToken)
                    .OrUnavailable(s_writeTimeout, cancellationToken).ConfigureAwait(false);
                return result is WrongExpectedVersionResult wrong
                    ? new AppendResult.WrongExpectedRevision(wrong.ActualStreamRevision.ToInt64())
                    : new AppendResult.Appended(result.NextExpectedStreamRevision.ToInt64(), Recorded.PositionOf(result.LogPosition));
            }
            catch (StreamDeletedException)
            {
                return new AppendResult.StreamDeleted();
            }
            catch (EventStoreUnavailableException e) when (attempt < MaxAppendAttempts && Faults.IsServerTimeout(e.InnerException))
            {
                // The server says so, too, to all but one of the same appends that are under way at once. What became of
                // it can be found out by sending it again: its ids make that harmless.
                LogSentAgain(stream);
            }
        }
    }

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckName(stream);
        if (limit <= 0)
        {
            yield break;
        }

        var (way, from) = direction == ReadDirection.Forwards
            ? (Direction.Forwards, StreamPosition.FromInt64(fromRevision))
            : (Direction.Backwards, fromRevision == long.MaxValue ? StreamPosition.End : StreamPosition.FromInt64(fromRevision));
        var records = RecordsOf(
            token => _client.ReadStreamAsync(way, stream, from, limit, cancellationToken: token).Messages, s_readTimeout,
            cancellationToken);
        await foreach (var record in records.ConfigureAwait(false))
        {
            yield return Recorded.Of(record);
        }
    }

    public async IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        LogPosition after, EventFilter filter, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (limit <= 0)
        {
            yield break;
        }

        // The server begins with the event at the position, which the port leaves out. It answers nothing while it looks for
        // an event that passes, however long that takes, so the connection's keep-alive is what notices that it is gone.
        var onServer = filter.OnServer(LogSubscription.SearchWindow);
        var records = RecordsOf(
            token => _client.ReadAllAsync(Direction.Forwards, Recorded.PositionOf(after), onServer, long.MaxValue, cancellationToken: token)
                .Messages,
            System.Threading.Timeout.InfiniteTimeSpan,
            cancellationToken);
        await foreach (var record in records.ConfigureAwait(false))
        {
            if (!filter.Passes(record) || Recorded.PositionOf(record) <= after)
            {
                continue;
            }

            yield return Recorded.Of(record);
            if (--limit == 0)
            {
                break;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The server reads backwards what is before a position. Where no event begins, and none was scavenged, it refuses to read: there this
    /// yields nothing.
    /// </remarks>
    public async IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (limit <= 0 || from == LogPosition.Start)
        {
            yield break;
        }

        if (from != LogPosition.End)
        {
            var (isPosition, there) = await FindAtAsync(from, cancellationToken).ConfigureAwait(false);
            if (there is not null && filter.Passes(there))
            {
                yield return Recorded.Of(there);
                limit--;
            }

            if (!isPosition || limit == 0)
            {
                yield break;
            }
        }

        var start = from == LogPosition.End ? Position.End : Recorded.PositionOf(from);
        var onServer = filter.OnServer(LogSubscription.SearchWindow);
        var records = RecordsOf(
            token => _client.ReadAllAsync(Direction.Backwards, start, onServer, long.MaxValue, cancellationToken: token).Messages,
            System.Threading.Timeout.InfiniteTimeSpan,
            cancellationToken);
        await foreach (var record in records.ConfigureAwait(false))
        {
            if (!filter.Passes(record) || Recorded.PositionOf(record) >= from)
            {
                continue;
            }

            yield return Recorded.Of(record);
            if (--limit == 0)
            {
                break;
            }
        }
    }

    public IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, CancellationToken cancellationToken)
        => new LogSubscription(this, _client, filter, after, _logger).RunAsync(cancellationToken);

    public async Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var read = RecordsOf(
            token => _client.ReadAllAsync(Direction.Backwards, Position.End, 1, cancellationToken: token).Messages, s_readTimeout,
            cancellationToken);
        var last = await read.FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return last is null ? LogPosition.Start : Recorded.PositionOf(last.Position);
    }

    /// <inheritdoc/>
    /// <remarks>It is an event in a stream of its own, which whoever asks first appends. No filter lets it through.</remarks>
    public async Task<string> ReadIdentityAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = RecordsOf(
                token => _client.ReadStreamAsync(
                    Direction.Forwards, IdentityStream, StreamPosition.Start, 1, cancellationToken: token).Messages,
                s_readTimeout, cancellationToken);
            if (await read.FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } record)
            {
                return record.EventId.ToGuid().ToString();
            }

            // Of several that come first at once, one wins; all read what it wrote.
            await StartAppend(
                IdentityStream, ExpectedRevision.NoStream, [new EventData(Uuid.NewUuid(), IdentityType, "{}"u8.ToArray())],
                cancellationToken).OrUnavailable(s_writeTimeout, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// What a scavenge has removed leaves a gap, over which the server reads. In a log that holds other events, a position is hardly ever
    /// where one begins; there the server refuses to read, except in a chunk that was scavenged, where any position counts as a gap.
    /// </remarks>
    public async Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken)
    {
        if (await ReadHeadAsync(cancellationToken).ConfigureAwait(false) < position)
        {
            return false;
        }

        var (isPosition, there) = await FindAtAsync(position, cancellationToken).ConfigureAwait(false);
        return isPosition && (there is null || there.EventId.ToGuid() == eventId);
    }

    public Task ProbeAsync(CancellationToken cancellationToken)
        => StartAppend(
            ProbeStream, ExpectedRevision.Any, [new EventData(Uuid.NewUuid(), ProbeType, "{}"u8.ToArray())], cancellationToken)
            .OrUnavailable(s_writeTimeout, cancellationToken);

    public async Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        return await ReadMetadataOfAsync(stream, cancellationToken).ConfigureAwait(false) is { } present
            ? new StreamMetadata(present.MaxCount, present.MaxAge, present.TruncateBefore?.ToInt64())
            : StreamMetadata.KeepAll;
    }

    public async Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
    {
        CheckName(stream);
        metadata.Validate();
        if (await ReadMetadataOfAsync(stream, cancellationToken).ConfigureAwait(false) is not { } present)
        {
            return;
        }

        var last = await LastRevisionAsync(stream, cancellationToken).ConfigureAwait(false);
        if (metadata.TruncateBefore > Math.Max(last, 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(metadata), metadata.TruncateBefore, "The last event carries the stream's revision and stays.");
        }

        // Whatever else was set on the server, such as who may read the stream, stays.
        var next = new global::EventStore.Client.StreamMetadata(
            (int?)metadata.MaxCount, metadata.MaxAge, metadata.TruncateBefore is { } truncate ? StreamPosition.FromInt64(truncate) : null,
            present.CacheControl, present.Acl, present.CustomMetadata);
        try
        {
            await _client.SetStreamMetadataAsync(
                stream, StreamState.Any, next, deadline: s_writeTimeout, cancellationToken: cancellationToken)
                .OrUnavailable(s_writeTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (StreamDeletedException)
        {
            // Deleted in between: there is nothing left to keep.
        }
    }

    public async Task DeleteStreamAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        try
        {
            await _client.TombstoneAsync(stream, StreamState.Any, s_writeTimeout, cancellationToken: cancellationToken)
                .OrUnavailable(s_writeTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (StreamDeletedException)
        {
            // It is what was asked for.
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    /// <summary>The first event of the whole log at the position or after it, the server's own included.</summary>
    internal async Task<EventRecord?> FirstFromAsync(LogPosition position, CancellationToken cancellationToken)
    {
        var read = RecordsOf(
            token => _client.ReadAllAsync(Direction.Forwards, Recorded.PositionOf(position), 1, cancellationToken: token).Messages,
            s_readTimeout, cancellationToken);
        return await read.FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The event at a position; none when it was scavenged.</summary>
    /// <returns>False: the server does not read from there, since no event begins there, or none is there or later.</returns>
    private async Task<(bool IsPosition, EventRecord? There)> FindAtAsync(LogPosition position, CancellationToken cancellationToken)
    {
        try
        {
            var first = await FirstFromAsync(position, cancellationToken).ConfigureAwait(false);
            return (first is not null, first is not null && Recorded.PositionOf(first.Position) > position ? null : first);
        }
        catch (EventStoreUnavailableException e) when (Faults.IsNoPosition(e.InnerException))
        {
            return (false, null);
        }
    }

    private static EventStoreClientSettings SettingsOf(string connectionString)
    {
        try
        {
            return EventStoreClientSettings.Create(connectionString);
        }
        catch (ConnectionStringParseException e)
        {
            // Not with its text: that may hold a password.
            throw new ArgumentException(
                $"The connection string of EventStoreDB can't be read ({e.GetType().Name}); it has the form "
                + "esdb://user:password@host:2113?tls=true.");
        }
    }

    private Task<IWriteResult> StartAppend(
        string stream, ExpectedRevision expected, List<EventData> data, CancellationToken cancellationToken)
        => expected is { Revision: >= 0 and var revision }
            ? _client.AppendToStreamAsync(
                stream, StreamRevision.FromInt64(revision), data, deadline: s_writeTimeout, cancellationToken: cancellationToken)
            : _client.AppendToStreamAsync(
                stream, StateOf(expected), data, deadline: s_writeTimeout, cancellationToken: cancellationToken);

    private async Task<long> LastRevisionAsync(string stream, CancellationToken cancellationToken)
    {
        var last = await ReadStreamAsync(stream, ReadDirection.Backwards, long.MaxValue, 1, cancellationToken)
            .FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return last?.Revision ?? -1;
    }

    /// <summary>The server's whole metadata of a stream; null when the stream was deleted for good.</summary>
    private async Task<global::EventStore.Client.StreamMetadata?> ReadMetadataOfAsync(string stream, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _client.GetStreamMetadataAsync(stream, cancellationToken: cancellationToken)
                .OrUnavailable(s_readTimeout, cancellationToken).ConfigureAwait(false);
            return result.Metadata;
        }
        catch (StreamDeletedException)
        {
            return null;
        }
    }

    /// <summary>The events that the client reads, none when their stream was deleted for good.</summary>
    private static async IAsyncEnumerable<EventRecord> RecordsOf(
        Func<CancellationToken, IAsyncEnumerable<StreamMessage>> read, TimeSpan timeout,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var messages = read(stop.Token).GetAsyncEnumerator(stop.Token);
        await using var closing = messages.ConfigureAwait(false);
        while (await MoveNextAsync(messages, timeout, stop, cancellationToken).ConfigureAwait(false))
        {
            if (messages.Current is StreamMessage.Event(var resolved))
            {
                yield return resolved.OriginalEvent;
            }
        }
    }

    private static async Task<bool> MoveNextAsync(
        IAsyncEnumerator<StreamMessage> messages, TimeSpan timeout, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        try
        {
            stop.CancelAfter(timeout);
            var moved = await messages.MoveNextAsync().ConfigureAwait(false);
            stop.CancelAfter(System.Threading.Timeout.InfiniteTimeSpan);
            return moved;
        }
        catch (StreamDeletedException)
        {
            return false;
        }
        catch (Exception e) when (Faults.IsFault(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Faults.Unavailable(e);
        }
    }

    private static StreamState StateOf(ExpectedRevision expected) => expected switch
    {
        { IsNoStream: true } => StreamState.NoStream,
        { IsStreamExists: true } => StreamState.StreamExists,
        _ => StreamState.Any,
    };

    private static void CheckName(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        if (stream.StartsWith('$') || stream.Length > IEventStore.MaxStreamNameLength)
        {
            throw new ArgumentException(
                $"A stream's name does not start with '$' and has at most {IEventStore.MaxStreamNameLength} characters.", nameof(stream));
        }
    }

    private static void Check(IReadOnlyList<NewEvent> events)
    {
        if (events.Count == 0 || events.DistinctBy(@event => @event.Id).Count() != events.Count)
        {
            throw new ArgumentException("An append has at least one event, and each id once.", nameof(events));
        }

        if (events.Sum(@event => (long)@event.Data.Length + @event.Metadata.Length) > IEventStore.MaxAppendBytes)
        {
            throw new ArgumentException(
                $"An append carries at most {IEventStore.MaxAppendBytes} bytes of data and metadata.", nameof(events));
        }
    }

    [LoggerMessage(6002, LogLevel.Information, "EventStoreDB ran out of time with an append to '{Stream}'; it is sent again.")]
    private partial void LogSentAgain(string stream);
}
