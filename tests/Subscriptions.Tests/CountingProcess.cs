using System.Collections.Concurrent;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Tests;

/// <summary>A process that counts, and notes what it does for each event.</summary>
internal sealed class CountingProcess(int version = 1) : IProcess<Counter>
{
    private readonly CountingProjection _counting = new(version);

    /// <summary>What it did.</summary>
    public ConcurrentQueue<(string Counter, long Position, Counter State)> Done { get; init; } = [];

    /// <summary>Called before it does something.</summary>
    public Func<Reaction<Counter>, Task> Doing { get; init; } = _ => Task.CompletedTask;

    public int? MostInDoubt { get; init; }

    public View<Counter> View => _counting.View;

    public EventFilter Filter => _counting.Filter;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => _counting.DocumentIdsOf(envelope);

    public Counter? Project(string id, Counter? document, EventEnvelope envelope) => _counting.Project(id, document, envelope);

    public bool ReactsTo(EventEnvelope envelope) => envelope.Event is Added { Amount: >= 0 };

    public async Task ReactAsync(Reaction<Counter> reaction, CancellationToken cancellationToken)
    {
        await Doing(reaction);
        Done.Enqueue((reaction.Id, reaction.Envelope.Recorded.Position.Value, reaction.State!));
    }
}

/// <summary>
/// A clock with deadlines: a counter is due at its sum, in milliseconds since 1970, and called off by an event that makes it zero or less.
/// </summary>
internal sealed class TimedProcess : ITimedProcess<Deadline>
{
    private readonly CountingProjection _counting = new();

    /// <summary>What was met, in its order.</summary>
    public ConcurrentQueue<string> Met { get; } = [];

    /// <summary>Called when something is due.</summary>
    public Func<string, Task> Meeting { get; init; } = _ => Task.CompletedTask;

    public TimeSpan Grace { get; init; }

    public View<Deadline> View { get; } = new(
        "deadlines", 1, CountingJson.Default.Deadline, new ViewField<Deadline>(ITimedProcess<Deadline>.DueField, one => one.Due));

    public EventFilter Filter => _counting.Filter;

    public IReadOnlyList<string> DocumentIdsOf(EventEnvelope envelope) => _counting.DocumentIdsOf(envelope);

    public Deadline? Project(string id, Deadline? document, EventEnvelope envelope)
        => envelope.Event is Added { Amount: > 0 } added ? new Deadline(added.Amount) : new Deadline(null);

    public bool ReactsTo(EventEnvelope envelope) => false;

    public Task ReactAsync(Reaction<Deadline> reaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public long? DueOf(Deadline state) => state.Due;

    public async Task ElapseAsync(string id, Deadline state, CancellationToken cancellationToken)
    {
        await Meeting(id);
        Met.Enqueue(id);
    }
}

/// <param name="Due">In milliseconds since 1970.</param>
public sealed record Deadline(long? Due);
