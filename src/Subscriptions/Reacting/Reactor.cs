using System.Collections.Concurrent;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>A reaction that failed, and why.</summary>
internal readonly record struct FailedReaction(RecordedEvent Event, string Id, Exception Reason);

/// <summary>Carries out what a process does because of a batch of events.</summary>
internal sealed class Reactor<TState>(IProcess<TState> process)
    where TState : class
{
    private const int AtOnce = 64;

    /// <summary>
    /// What was done by reactions that may not be committed: events with their positions, and documents. When another one fails, they
    /// come again, and what they do must not.
    /// </summary>
    private readonly ConcurrentDictionary<(long Position, Guid Event, string Document), bool> _done = new();

    /// <summary>Whether the event makes the process act.</summary>
    public bool ReactsTo(EventEnvelope envelope) => process.ReactsTo(envelope);

    /// <summary>Those of one document one after the other, different documents side by side.</summary>
    /// <param name="reactions">In log order.</param>
    /// <returns>Of the first event for which one failed: all that failed for it. Everything before it is done.</returns>
    /// <exception cref="ReactionDeferredException">Something can't be done now.</exception>
    public async Task<IReadOnlyList<FailedReaction>> RunAsync(
        IReadOnlyList<Reaction<TState>> reactions, CancellationToken cancellationToken)
    {
        if (reactions.Count == 0)
        {
            return [];
        }

        // Reactions come in the order of the log, so what is before the first of them is committed.
        foreach (var done in _done.Keys.Where(done => done.Position < reactions[0].Envelope.Recorded.Position.Value))
        {
            _done.TryRemove(done, out _);
        }

        ConcurrentBag<FailedReaction> failed = [];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            reactions.GroupBy(reaction => reaction.Id, StringComparer.Ordinal),
            limits,
            async (ofOne, stop) =>
            {
                foreach (var reaction in ofOne)
                {
                    if (await TryAsync(reaction, stop).ConfigureAwait(false) is { } reason)
                    {
                        failed.Add(new FailedReaction(reaction.Envelope.Recorded, reaction.Id, reason));
                        return;
                    }
                }
            }).ConfigureAwait(false);
        if (failed.IsEmpty)
        {
            return [];
        }

        var first = failed.Min(one => one.Event.Position);
        return [.. failed.Where(one => one.Event.Position == first)];
    }

    /// <summary>Carries out one reaction. Answers why it failed; null when it did not.</summary>
    /// <exception cref="ReactionDeferredException">It can't be done now.</exception>
    public async Task<Exception?> TryAsync(Reaction<TState> reaction, CancellationToken cancellationToken)
    {
        var recorded = reaction.Envelope.Recorded;
        var key = (recorded.Position.Value, recorded.Id, reaction.Id);
        if (process.MostInDoubt > 1 && _done.ContainsKey(key))
        {
            return null;
        }

        try
        {
            await process.ReactAsync(reaction, cancellationToken).ConfigureAwait(false);
            _ = process.MostInDoubt > 1 && _done.TryAdd(key, true);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested
            && e is not (ReactionDeferredException or EventStoreUnavailableException or ViewStoreUnavailableException))
        {
            return e;
        }
    }
}
