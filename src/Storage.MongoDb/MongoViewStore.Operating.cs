using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

// What is done with parked events and with whole generations.
public sealed partial class MongoViewStore
{
    public Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken)
        => _server.CallAsync<IReadOnlyList<ParkedEvent>>(
            async _ => await ExistsAsync(view, number, cancellationToken).ConfigureAwait(false)
                ? await _parked.ReadAsync(view, number, cancellationToken).ConfigureAwait(false)
                : [],
            cancellationToken);

    public Task<int> AskRetryAsync(string view, long position, CancellationToken cancellationToken)
        => AskAsync(view, position, skip: false, cancellationToken);

    public Task<int> AskSkipAsync(string view, long position, CancellationToken cancellationToken)
        => AskAsync(view, position, skip: true, cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken)
        => _server.CallAsync<IReadOnlyList<SkippedEvent>>(async _ => await _skipped.ReadAsync(view, cancellationToken).ConfigureAwait(false), cancellationToken);

    public async Task<ViewGeneration> StartGenerationAsync(View view, CancellationToken cancellationToken)
        => (await StartAsync(view, isAsked: true, cancellationToken).ConfigureAwait(false))!;

    public Task<ViewGeneration?> StartVersionAsync(View view, CancellationToken cancellationToken) => StartAsync(view, isAsked: false, cancellationToken);

    private async Task<ViewGeneration?> StartAsync(View view, bool isAsked, CancellationToken cancellationToken)
    {
        var started = await InStepsAsync((session, cancellation) => _generations.StartAsync(session, view, isAsked, cancellation), cancellationToken).ConfigureAwait(false);
        _changes.Set();
        _sweeper.Schedule();
        return started;
    }

    /// <inheritdoc/>
    /// <remarks>Both generations keep their leases and epochs, so who keeps either goes on to commit to it.</remarks>
    public async Task<bool> SwapAsync(ViewGeneration generation, CancellationToken cancellationToken)
    {
        var (view, number) = (generation.View, generation.Number);
        var swapped = await AtOnceAsync((session, cancellation) => _generations.TrySwapAsync(session, view, number, cancellation), cancellationToken).ConfigureAwait(false);
        if (swapped.IsLive)
        {
            Announce(view);
        }

        if (swapped.Replaced is { } old)
        {
            LogSwapped(_logger, view, old, number);
            _sweeper.Schedule();
        }

        return swapped.IsLive;
    }

    public async Task<ViewGeneration?> RollBackAsync(string view, CancellationToken cancellationToken)
    {
        var changed = await AtOnceAsync((session, cancellation) => _generations.TryRollBackAsync(session, view, cancellation), cancellationToken).ConfigureAwait(false);
        if (changed.Generation is not null)
        {
            Announce(view);
            _sweeper.Schedule();
        }

        return changed.Generation;
    }

    public async Task<ViewGeneration?> RepartitionAsync(string view, int number, int partitions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        var changed = await AtOnceAsync(
            (session, cancellation) => _generations.TryRepartitionAsync(session, view, number, partitions, cancellation), cancellationToken).ConfigureAwait(false);
        if (changed.Generation is not null)
        {
            Announce(view);
        }

        return changed.Generation;
    }

    public Task<ViewPage<TDocument>?> PageAsync<TDocument>(View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var stages = ViewFilter.Of(view, new ViewQuery([], limit, afterId));
        return _server.CallAsync(
            async deployment =>
            {
                for (var attempt = 1; attempt <= MaxReadAttempts; attempt++)
                {
                    if (await ViewReading.TryPageAsync<TDocument>(
                        _server.Database, ReadConcernOf(deployment), view.Name, number, stages, cancellationToken).ConfigureAwait(false) is { } page)
                    {
                        return page;
                    }

                    if (!await ExistsAsync(view.Name, number, cancellationToken).ConfigureAwait(false))
                    {
                        return null;
                    }

                    await DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
                }

                throw new ViewStoreUnavailableException($"Generation {number} of the view '{view.Name}' could not be read: it kept changing.");
            },
            cancellationToken);
    }

    public async Task DropGenerationAsync(ViewGeneration generation, CancellationToken cancellationToken)
    {
        var (view, number) = (generation.View, generation.Number);
        var dropped = await AtOnceAsync((session, cancellation) => _generations.TryDropAsync(session, generation, cancellation), cancellationToken).ConfigureAwait(false);
        if (dropped.IsLive)
        {
            throw new InvalidOperationException($"Generation {number} of '{view}' is live: queries read it.");
        }

        Announce(view);
        _sweeper.Schedule();
    }

    public async Task DropViewAsync(string view, CancellationToken cancellationToken)
    {
        await AtOnceAsync((session, cancellation) => _generations.TryDropAllAsync(session, view, cancellation), cancellationToken).ConfigureAwait(false);
        Announce(view);
        _sweeper.Schedule();
    }

    private async Task<int> AskAsync(string view, long position, bool skip, CancellationToken cancellationToken)
    {
        var asked = await AtOnceAsync(
            (session, cancellation) => _generations.TryAskAsync(session, view, position, skip, cancellation), cancellationToken).ConfigureAwait(false);
        if (asked.Count > 0)
        {
            _changes.Set();
        }

        return asked.Count;
    }

    /// <summary>Runs a change in a transaction, as often as another process comes between.</summary>
    private Task<T> AtOnceAsync<T>(Func<IClientSessionHandle, CancellationToken, Task<T?>> change, CancellationToken cancellationToken)
        where T : class
        => _server.CallAsync(
            async deployment =>
            {
                while (true)
                {
                    if (await _server.Transactions.RunAsync(deployment.Transactions, change, cancellationToken).ConfigureAwait(false) is { } result)
                    {
                        return result;
                    }
                }
            },
            cancellationToken);

    /// <summary>Runs a change that goes by itself from one atomic step to the next.</summary>
    private Task<ViewGeneration?> InStepsAsync(Func<IClientSessionHandle, CancellationToken, Task<ViewGeneration?>> change, CancellationToken cancellationToken)
        => _server.CallAsync(
            _ => _server.Transactions.RunAsync<ViewGeneration>(
                inTransaction: false, async (session, cancellation) => await change(session, cancellation).ConfigureAwait(false), cancellationToken),
            cancellationToken);

    private void Announce(string view)
    {
        _live.TryRemove(view, out _);
        _changes.Set();
    }

    [LoggerMessage(1203, LogLevel.Information, "View {View} swapped: generation {Old} is retired, generation {New} is live.")]
    private static partial void LogSwapped(ILogger logger, string view, int old, int @new);
}
