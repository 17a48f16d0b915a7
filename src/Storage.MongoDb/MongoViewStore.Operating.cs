using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

// What is done with parked events and with whole generations.
public sealed partial class MongoViewStore
{
    public async Task<T> ChangeAsync<T>(ViewChange<T> change, CancellationToken cancellationToken)
    {
        var changed = await _server.CallAsync(
            _options.ChangeTimeout, (_, cancellation) => _generations.ChangeAsync(change, cancellation), cancellationToken)
            .ConfigureAwait(false);
        _sweeper.Schedule();
        if (ReferenceEquals(changed.Before, changed.After))
        {
            return changed.Answer;
        }

        _live.TryRemove(change.View, out _);
        _changes.Set();
        if (changed.Before.Live is { } old && changed.After.Live is { } live && old.Number != live.Number)
        {
            LogSwapped(_logger, change.View, old.Number, live.Number);
        }

        return changed.Answer;
    }

    public Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken)
        => ReadAsync<ParkedEvent>(
            (session, cancellation) => _parked.ReadAsync(session, view, new ParkedFilter(Number: number), cancellation), cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken)
        => ReadAsync<SkippedEvent>((session, cancellation) => _skipped.ReadAsync(session, view, cancellation), cancellationToken);

    public Task<ViewPage<TDocument>?> PageAsync<TDocument>(
        View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var stages = ViewFilter.Of(view, new ViewQuery([], limit, afterId));
        return _server.CallAsync(
            _options.CommitTimeout,
            async (snapshots, cancellation) =>
            {
                for (var attempt = 1; attempt <= MaxReadAttempts; attempt++)
                {
                    if (await ViewReading.TryPageAsync<TDocument>(
                        _server.Database, snapshots, view.Name, number, stages, cancellation).ConfigureAwait(false) is { } page)
                    {
                        return page;
                    }

                    if (!await ExistsAsync(view.Name, number, cancellation).ConfigureAwait(false))
                    {
                        return null;
                    }

                    await DelayAsync(attempt, cancellation).ConfigureAwait(false);
                }

                throw new ViewStoreUnavailableException(
                    $"Generation {number} of the view '{view.Name}' could not be read: it kept changing.");
            },
            cancellationToken);
    }

    private Task<IReadOnlyList<T>> ReadAsync<T>(
        Func<IClientSessionHandle, CancellationToken, Task<List<T>>> read, CancellationToken cancellationToken)
        => _server.CallAsync<IReadOnlyList<T>>(
            _options.QueryTimeout,
            async (_, cancellation) => await _server.Transactions.RunWithoutAsync(read, cancellation).ConfigureAwait(false),
            cancellationToken);

    [LoggerMessage(1203, LogLevel.Information, "View {View} swapped: generation {Old} is retired, generation {New} is live.")]
    private static partial void LogSwapped(ILogger logger, string view, int old, int @new);
}
