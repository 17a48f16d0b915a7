using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The event store on one SQLite file. Several processes of one machine may use the same file at the same time.
/// Safe for concurrent use.
/// </summary>
/// <remarks>
/// Appends that wait at the same time share a commit, which is on the disk before any of them is answered. Positions
/// count from 1 and are never given out twice. A stream's last event can't be truncated, since it carries the stream's
/// revision. What truncation and deletion remove is overwritten in the file. Disposing finishes the queued appends;
/// after that every member throws <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed class SqliteEventStore : IEventStore, ICommandIndex, IAsyncDisposable
{
    /// <summary>Refuses text that has no UTF-8 form (half a surrogate pair), which two names could share otherwise.</summary>
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly TimeProvider _time;
    private readonly int _pageEvents;
    private readonly WriteQueue _queue;
    private readonly WalCheckpointer _checkpointer;
    private readonly Doorbell _doorbell;
    private readonly CommitLoop _loop;
    private readonly ReaderPool<LogReader> _readers;
    private bool _disposed;

    /// <summary>Opens the store; makes the file when it is not there.</summary>
    /// <exception cref="EventStoreUnavailableException">The file can't be opened.</exception>
    /// <exception cref="InvalidOperationException">A newer program made the file.</exception>
    public SqliteEventStore(SqliteEventStoreOptions options, TimeProvider time, ILogger<SqliteEventStore> logger)
    {
        options.Validate();
        (_time, _pageEvents) = (time, options.ReadPageEvents);
        _queue = new WriteQueue(options);
        var file = LogSchema.FileOf(options);
        _readers = new ReaderPool<LogReader>(file, options.MaxReadConnections, () => new LogReader(file, options));
        _checkpointer = new WalCheckpointer(file, logger);
        try
        {
            var writer = file.WhenFree(() => new LogWriter(file, time));
            _doorbell = new Doorbell(file.Path, logger);
            _loop = new CommitLoop(options, file, time, writer, _queue, _checkpointer, _doorbell, logger);
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            throw file.Unavailable(e);
        }

        _loop.Start();
        _checkpointer.Start();
    }

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(
        string stream, ExpectedRevision expected, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        CheckName(stream);
        var bytes = CheckEvents(events);
        return WriteAsync(new WriteRequest(events.Count, bytes, log => log.Append(stream, expected, events)), cancellationToken)!;
    }

    /// <inheritdoc/>
    public Task SetMetadataAsync(string stream, StreamMetadata metadata, CancellationToken cancellationToken)
    {
        CheckName(stream);
        metadata.Validate();
        return WriteAsync(new WriteRequest(1, 0, log => Done(() => log.SetMetadata(stream, metadata))), cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteStreamAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        return WriteAsync(new WriteRequest(1, 0, log => Done(() => log.DeleteStream(stream))), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
        => new(await _readers.ReadAsync(static reader => reader.ReadHead(), cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<string> ReadIdentityAsync(CancellationToken cancellationToken)
        => await _readers.ReadAsync(static reader => reader.ReadIdentity(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<bool> HoldsAsync(LogPosition position, Guid eventId, CancellationToken cancellationToken)
        => await _readers.ReadAsync(reader => reader.Holds(position.Value, eventId), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken)
        => WriteAsync(new WriteRequest(1, 0, static log => Done(log.Probe)), cancellationToken);

    /// <inheritdoc/>
    public async Task<StreamMetadata> ReadMetadataAsync(string stream, CancellationToken cancellationToken)
    {
        CheckName(stream);
        return await _readers.ReadAsync(reader => reader.ReadMetadata(stream), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<string?> FindStreamAsync(Guid commandId, CancellationToken cancellationToken)
        => (await _readers.ReadAsync(reader => reader.FindCommand(commandId), cancellationToken).ConfigureAwait(false))?.Stream;

    /// <inheritdoc/>
    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, long limit, CancellationToken cancellationToken)
    {
        CheckName(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(fromRevision);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return ReadStreamPagesAsync(stream, direction, fromRevision, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        LogPosition after, EventFilter filter, long limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after.Value, nameof(after));
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return ReadLogPagesAsync(after.Value, new LogFilter(filter), limit, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RecordedEvent> ReadAllBackwardsAsync(
        LogPosition from, EventFilter filter, long limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from.Value, nameof(from));
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return ReadLogPagesBackwardsAsync(from.Value, new LogFilter(filter), limit, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SubscriptionMessage> SubscribeAsync(LogPosition after, EventFilter filter, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after.Value, nameof(after));
        return FollowAsync(after.Value, new LogFilter(filter), cancellationToken);
    }

    /// <summary>Finishes what is queued and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _queue.Complete();
        await _loop.Ended.ConfigureAwait(false);
        _checkpointer.Dispose();
        await _checkpointer.Ended.ConfigureAwait(false);
        _readers.Dispose();

        // Wakes the subscriptions, which then find the store closed.
        _doorbell.Ring();
        _doorbell.Dispose();
    }

    /// <summary>A change that is no append.</summary>
    private static AppendResult? Done(Action change)
    {
        change();
        return null;
    }

    private async Task<AppendResult?> WriteAsync(WriteRequest request, CancellationToken cancellationToken)
    {
        await _queue.AddAsync(request, cancellationToken).ConfigureAwait(false);
        using var cancelling = request.CancelWith(cancellationToken);
        return await request.Done.ConfigureAwait(false);
    }

    private async IAsyncEnumerable<RecordedEvent> ReadStreamPagesAsync(
        string stream, ReadDirection direction, long from, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (limit > 0 && from >= 0)
        {
            var (start, most) = (from, limit);
            var (events, more) = await _readers.ReadAsync(
                reader => (reader.ReadStream(stream, direction, start, most, _time.GetUtcNow(), out var unfinished), unfinished),
                cancellationToken).ConfigureAwait(false);
            foreach (var @event in events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return @event;
            }

            if (!more)
            {
                yield break;
            }

            limit -= events.Count;
            from = direction == ReadDirection.Forwards ? events[^1].Revision + 1 : events[^1].Revision - 1;
        }
    }

    private async IAsyncEnumerable<RecordedEvent> ReadLogPagesAsync(
        long at, LogFilter filter, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? end = null;
        while (limit > 0 && !(at >= end))
        {
            var (after, most) = (at, limit);
            var page = await _readers.ReadAsync(reader => reader.ReadLog(after, filter, most), cancellationToken).ConfigureAwait(false);
            end ??= page.Head;
            foreach (var @event in page.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (@event.Position.Value > end)
                {
                    yield break;
                }

                yield return @event;
            }

            limit -= page.Events.Count;
            at = page.ScannedTo;
        }
    }

    private async IAsyncEnumerable<RecordedEvent> ReadLogPagesBackwardsAsync(
        long from, LogFilter filter, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = from == long.MaxValue ? from : from + 1;
        while (limit > 0 && before > 1)
        {
            var (start, most) = (before, limit);
            var page = await _readers.ReadAsync(reader => reader.ReadLogBackwards(start, filter, most), cancellationToken)
                .ConfigureAwait(false);
            foreach (var @event in page.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return @event;
            }

            limit -= page.Events.Count;
            before = page.ScannedTo;
        }
    }

    private async IAsyncEnumerable<SubscriptionMessage> FollowAsync(
        long at, LogFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var live = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rings = _doorbell.Rings;
            var after = at;
            var page = await _readers.ReadAsync(reader => reader.ReadLog(after, filter, long.MaxValue), cancellationToken)
                .ConfigureAwait(false);
            if (page.Head < at)
            {
                // What is appended next would come to positions that were read already.
                throw new EventStoreUnavailableException(FormattableString.Invariant(
                    $"The log ends at position {page.Head} and was read up to position {at}: it is an older one, or another."));
            }

            if (live && page.Head - at > _pageEvents)
            {
                live = false;
                yield return SubscriptionMessage.FellBehind(new LogPosition(at));
            }

            foreach (var @event in page.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return SubscriptionMessage.Of(@event);
            }

            // The filter has passed over what follows the last of the events.
            if (page.ScannedTo > (page.Events is [.., var last] ? last.Position.Value : at))
            {
                yield return SubscriptionMessage.Checkpoint(new LogPosition(page.ScannedTo), page.LastId);
            }

            at = page.ScannedTo;
            if (at < page.Head)
            {
                continue;
            }

            if (!live)
            {
                live = true;
                yield return SubscriptionMessage.CaughtUp(new LogPosition(at));
            }

            await _doorbell.WaitAsync(rings, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a stream may have this name, but for text that has no UTF-8 form.</summary>
    internal static bool IsName(string stream) => stream.Length is > 0 and <= IEventStore.MaxStreamNameLength && stream[0] != '$';

    private static void CheckName(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        if (!IsName(stream))
        {
            throw new ArgumentException(
                $"'{stream}' starts with '$' or is longer than {IEventStore.MaxStreamNameLength} characters.", nameof(stream));
        }

        _ = s_strictUtf8.GetByteCount(stream);
    }

    private static int CheckEvents(IReadOnlyList<NewEvent> events)
    {
        var bytes = 0L;
        foreach (var @event in events)
        {
            ArgumentException.ThrowIfNullOrEmpty(@event.Type, nameof(events));
            _ = s_strictUtf8.GetByteCount(@event.Type);
            bytes += @event.Data.Length + @event.Metadata.Length;
        }

        if (events.Count == 0 || bytes > IEventStore.MaxAppendBytes)
        {
            throw new ArgumentException(
                $"An append carries at least one event and at most {IEventStore.MaxAppendBytes} bytes; here are {events.Count} events of "
                + $"{bytes} bytes.", nameof(events));
        }

        if (events.Count > 1 && events.Select(@event => @event.Id).Distinct().Count() < events.Count)
        {
            throw new ArgumentException("An append carries each event id once.", nameof(events));
        }

        return (int)bytes;
    }
}
