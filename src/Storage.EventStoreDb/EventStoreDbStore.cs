using System.Diagnostics;
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
    /// <summary>Its first event's id is the log's identity.</summary>
    private const string IdentityStream = "orderly-identity";

    /// <summary>With the sign of the server's own events, which readers never see.</summary>
    private const string IdentityType = "$orderly-identity";

    private const string ProbeStream = "orderly-probes";
    private const string ProbeType = "$orderly-probe";

    /// <summary>Between two tries of what the server did not do in time, or together with something of somebody else's.</summary>
    private static readonly TimeSpan s_sendAgainDelay = TimeSpan.FromMilliseconds(20);

    private readonly EventStoreDbStoreOptions _options;
    private readonly EventStoreClient _client;
    private readonly ILogger _logger;

    /// <param name="loggers">Hear the adapter and the client.</param>
    /// <exception cref="ArgumentException">The connection string can't be read.</exception>
    public EventStoreDbStore(EventStoreDbStoreOptions options, ILoggerFactory loggers)
    {
        var settings = Connection.SettingsOf(options.ConnectionString);
        settings.LoggerFactory = loggers;
        settings.ConnectionName ??= $"orderly-{Guid.NewGuid():N}";
        settings.OperationOptions.ThrowOnAppendFailure = false;
        _options = options;
        _client = new EventStoreClient(settings);
        _logger = loggers.CreateLogger<EventStoreDbStore>();
    }

    /// <summary>Reads a connection string without connecting.</summary>
    /// <exception cref="ArgumentException">It can't be read; the message does not repeat it, since it may hold a password.</exception>
    public static void Check(string connectionString) => Connection.SettingsOf(connectionString);

    public async Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        CheckName(stream);
        Check(events);
        cancellationToken.ThrowIfCancellationRequested();

        var data = events.Select(@event => new EventData(Uuid.FromGuid(@event.Id), @event.Type, @event.Data, @event.Metadata)).ToList();
        var started = Stopwatch.GetTimestamp();
        for (var left = _options.AppendTimeout; ; left = _options.AppendTimeout - Stopwatch.GetElapsedTime(started))
        {
            try
            {
                var result = await StartAppend(stream, expected, data, left, cancellationToken)
                    .OrUnavailable(left, cancellationToken).ConfigureAwait(false);
                return result is WrongExpectedVersionResult wrong
                    ? new AppendResult.WrongExpectedRevision(wrong.ActualStreamRevision.ToInt64())
                    : new AppendResult.Appended(result.NextExpectedStreamRevision.ToInt64(), Recorded.PositionOf(result.LogPosition));
            }
            catch (StreamDeletedException)
            {
                return new AppendResult.StreamDeleted();
            }
            catch (EventStoreUnavailableException e) when (Faults.IsSentAgain(e.InnerException))
            {
                await Task.Delay(s_sendAgainDelay, cancellationToken).ConfigureAwait(false);
                if (Stopwatch.GetElapsedTime(started) >= _options.AppendTimeout)
                {
                    throw;
                }

                // What became of it can be found out by sending it again: its ids make that harmless.
                LogSentAgain(stream, e.Message);
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
            token => _client.ReadStreamAsync(way, stream, from, limit, cancellationToken: token).Messages, cancellationToken);
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

        // The server begins with the event at the position, which the port leaves out.
        var onServer = filter.OnServer(LogSubscription.SearchWindow);
        var records = RecordsOf(
            token => _client.ReadAllAsync(Direction.Forwards, Recorded.PositionOf(after), onServer, long.MaxValue, cancellationToken: token)
                .Messages,
            cancellationToken,
            isSearch: true);
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
            cancellationToken,
            isSearch: true);
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
        => new LogSubscription(this, _client, filter, after, _options.SilenceTimeout, _logger).RunAsync(cancellationToken);

    public async Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var read = RecordsOf(
            token => _client.ReadAllAsync(Direction.Backwards, Position.End, 1, cancellationToken: token).Messages, cancellationToken);
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
                cancellationToken);
            if (await read.FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } record)
            {
                return record.EventId.ToGuid().ToString();
            }

            // Of several that come first at once, one wins; all read what it wrote.
            await StartAppend(
                IdentityStream, ExpectedRevision.NoStream, [new EventData(Uuid.NewUuid(), IdentityType, "{}"u8.ToArray())],
                _options.AppendTimeout, cancellationToken).OrUnavailable(_options.AppendTimeout, cancellationToken).ConfigureAwait(false);
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
            ProbeStream, ExpectedRevision.Any, [new EventData(Uuid.NewUuid(), ProbeType, "{}"u8.ToArray())], _options.AppendTimeout,
            cancellationToken).OrUnavailable(_options.AppendTimeout, cancellationToken);

    public async Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        return (await ReadMetadataOfAsync(stream, cancellationToken).ConfigureAwait(false))?.Metadata is { } present
            ? new StreamMetadata(present.MaxCount, present.MaxAge, present.TruncateBefore?.ToInt64())
            : StreamMetadata.KeepAll;
    }

    public async Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
    {
        CheckName(stream);
        metadata.Validate();
        while (await ReadMetadataOfAsync(stream, cancellationToken).ConfigureAwait(false) is { } present)
        {
            var last = await LastRevisionAsync(stream, cancellationToken).ConfigureAwait(false);
            if (metadata.TruncateBefore > Math.Max(last, 0))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(metadata), metadata.TruncateBefore, "The last event carries the stream's revision and stays.");
            }

            // Whatever else was set on the server, such as who may read the stream, stays; and what somebody sets meanwhile is read first.
            var next = new global::EventStore.Client.StreamMetadata(
                (int?)metadata.MaxCount, metadata.MaxAge,
                metadata.TruncateBefore is { } truncate ? StreamPosition.FromInt64(truncate) : null,
                present.Metadata.CacheControl, present.Metadata.Acl, present.Metadata.CustomMetadata);
            try
            {
                var set = await (present.MetastreamRevision is { } revision
                    ? _client.SetStreamMetadataAsync(
                        stream, StreamRevision.FromStreamPosition(revision), next, deadline: _options.AppendTimeout,
                        cancellationToken: cancellationToken)
                    : _client.SetStreamMetadataAsync(
                        stream, StreamState.NoStream, next, deadline: _options.AppendTimeout, cancellationToken: cancellationToken))
                    .OrUnavailable(_options.AppendTimeout, cancellationToken).ConfigureAwait(false);
                if (set is not WrongExpectedVersionResult)
                {
                    return;
                }
            }
            catch (StreamDeletedException)
            {
                // Deleted in between: there is nothing left to keep.
                return;
            }
        }
    }

    public async Task DeleteStreamAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        try
        {
            await _client.TombstoneAsync(stream, StreamState.Any, _options.AppendTimeout, cancellationToken: cancellationToken)
                .OrUnavailable(_options.AppendTimeout, cancellationToken).ConfigureAwait(false);
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
            cancellationToken);
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

    private Task<IWriteResult> StartAppend(
        string stream, ExpectedRevision expected, List<EventData> data, TimeSpan timeout, CancellationToken cancellationToken)
        => expected is { Revision: >= 0 and var revision }
            ? _client.AppendToStreamAsync(
                stream, StreamRevision.FromInt64(revision), data, deadline: timeout, cancellationToken: cancellationToken)
            : _client.AppendToStreamAsync(
                stream, StateOf(expected), data, deadline: timeout, cancellationToken: cancellationToken);

    private async Task<long> LastRevisionAsync(string stream, CancellationToken cancellationToken)
    {
        var last = await ReadStreamAsync(stream, ReadDirection.Backwards, long.MaxValue, 1, cancellationToken)
            .FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return last?.Revision ?? -1;
    }

    /// <summary>The server's whole metadata of a stream; null when the stream was deleted for good.</summary>
    private async Task<StreamMetadataResult?> ReadMetadataOfAsync(string stream, CancellationToken cancellationToken)
    {
        try
        {
            var found = await _client.GetStreamMetadataAsync(stream, cancellationToken: cancellationToken)
                .OrUnavailable(_options.ReadTimeout, cancellationToken).ConfigureAwait(false);
            return found.StreamDeleted ? null : found;
        }
        catch (StreamDeletedException)
        {
            return null;
        }
    }

    /// <summary>The events that the client reads, none when their stream was deleted for good.</summary>
    /// <param name="isSearch">
    /// Whether it looks for events that pass a filter. The server answers nothing while it does, however long that takes.
    /// </param>
    private async IAsyncEnumerable<EventRecord> RecordsOf(
        Func<CancellationToken, IAsyncEnumerable<StreamMessage>> read, [EnumeratorCancellation] CancellationToken cancellationToken,
        bool isSearch = false)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var messages = read(stop.Token).GetAsyncEnumerator(stop.Token);
        await using var closing = messages.ConfigureAwait(false);
        while (await MoveNextAsync(messages, isSearch, stop, cancellationToken).ConfigureAwait(false))
        {
            if (messages.Current is StreamMessage.Event(var resolved))
            {
                yield return resolved.OriginalEvent;
            }
        }
    }

    private async Task<bool> MoveNextAsync(
        IAsyncEnumerator<StreamMessage> messages, bool isSearch, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        try
        {
            if (isSearch)
            {
                return await SearchOnAsync(messages, stop, cancellationToken).ConfigureAwait(false);
            }

            stop.CancelAfter(_options.ReadTimeout);
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

    /// <summary>
    /// A server that answers the connection's pings may read nothing all the same. So while a search is silent, the end of the log is read
    /// now and then.
    /// </summary>
    private async Task<bool> SearchOnAsync(
        IAsyncEnumerator<StreamMessage> messages, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        var next = messages.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                try
                {
                    return await next.WaitAsync(_options.SilenceTimeout, cancellationToken).ConfigureAwait(false);
                }
                catch (TimeoutException) when (!next.IsCompleted)
                {
                    await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (!next.IsCompleted)
            {
                // Not before it has ended can what it reads from be disposed of.
                await stop.CancelAsync().ConfigureAwait(false);
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
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

    [LoggerMessage(6002, LogLevel.Information, "An append to '{Stream}' is sent again. {Reason}")]
    private partial void LogSentAgain(string stream, string reason);
}
