using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Subscriptions;

namespace Orderly.Testing;

/// <summary>
/// Runs a process as the engine does: it folds a batch, acts on it, and commits. What is due is met at the end of the log. All in one
/// order, so that a run can be repeated.
/// </summary>
/// <param name="steps">Where it dies.</param>
/// <param name="batchEvents">The most events of one commit.</param>
internal sealed class ProcessRun<TState>(
    Func<ProcessServices, IProcess<TState>> start, EventTypes types, ProcessSteps steps, int batchEvents)
    where TState : class
{
    private readonly FakeTimeProvider _time = new(Scenario.Now);
    private readonly List<object> _sent = [];
    private readonly HashSet<Guid> _given = [];
    private MemoryEventStore _log = null!;
    private IProcess<TState> _process = null!;
    private ImmutableDictionary<string, StoredJson> _documents = FoldedBatch<TState>.None;
    private long _position;

    public async Task<ProcessOutcome> RunAsync(IReadOnlyList<Happening> happenings)
    {
        _log = new MemoryEventStore(_time)
        {
            BeforeAppend = () => steps.Take("before an append"),
            AfterAppend = () => steps.Take($"after the append of {GivenLog.Describe(_log.Log[^1])}"),
        };
        Start();
        foreach (var (time, events) in happenings)
        {
            _time.Advance(time);
            await HappenAsync(events).ConfigureAwait(false);
            await GoOnAsync().ConfigureAwait(false);
        }

        return new ProcessOutcome([.. _log.Log.Where(e => !_given.Contains(e.Id))], _sent);
    }

    private void Start() => _process = start(new ProcessServices(_log, types, _time, Send));

    private void Send(object message)
    {
        steps.Take($"before it sent {message}");
        _sent.Add(message);
        steps.Take($"after it sent {message}");
    }

    private async Task HappenAsync(IReadOnlyList<(string Stream, object Event)> events)
    {
        foreach (var (stream, @event) in events)
        {
            var e = GivenLog.Encode(types, _given.Count + 1, @event);
            _given.Add(e.Id);
            await _log.AppendAsync(stream, ExpectedRevision.Any, [e], CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Does all that there is to do, over crashes.</summary>
    private async Task GoOnAsync()
    {
        while (true)
        {
            try
            {
                steps.IsCounting = true;
                await FollowAsync().ConfigureAwait(false);
            }
            catch (Exception) when (steps.IsDead)
            {
                // Whatever a dying process makes of it.
            }
            finally
            {
                steps.IsCounting = false;
            }

            if (!steps.IsDead)
            {
                return;
            }

            steps.Revive();
            Start();
        }
    }

    /// <summary>Acts on the log up to its end, and on what is due then, until nothing follows any more.</summary>
    private async Task FollowAsync()
    {
        HashSet<(string, long)> met = [];
        do
        {
            while (await ReadAsync().ConfigureAwait(false) is { Count: > 0 } batch)
            {
                await FoldAsync(batch).ConfigureAwait(false);
            }

            await MeetAsync(met).ConfigureAwait(false);
        }
        while ((await ReadAsync().ConfigureAwait(false)).Count > 0);
    }

    /// <summary>The next batch: no more events that the process reacts to than it lets share a commit.</summary>
    private async Task<List<RecordedEvent>> ReadAsync()
    {
        List<RecordedEvent> batch = [];
        var reactions = 0;
        var read = _log.ReadAllAsync(new LogPosition(_position), _process.Filter, batchEvents, CancellationToken.None);
        await foreach (var recorded in read.ConfigureAwait(false))
        {
            batch.Add(recorded);
            if (_process.MostInDoubt is { } most
                && _process.ReactsTo(new EventEnvelope(recorded, GivenLog.Read(types, recorded)))
                && ++reactions == most)
            {
                break;
            }
        }

        return batch;
    }

    private async Task FoldAsync(List<RecordedEvent> batch)
    {
        var folded = FoldedBatch<TState>.Of(
            new PureProjection<TState>(_process), types, _documents, _position, batch, _process.ReactsTo);
        foreach (var reaction in folded.Reactions)
        {
            await ActAsync(
                () => _process.ReactAsync(reaction, CancellationToken.None), GivenLog.Describe(reaction.Envelope.Recorded))
                .ConfigureAwait(false);
        }

        var position = batch[^1].Position;
        steps.Take($"before the commit up to position {position}");
        (_documents, _position) = (folded.Documents, position.Value);
        steps.Take($"after the commit up to position {position}");
    }

    /// <summary>Meets what is due, each once, what is due first before the rest.</summary>
    private async Task MeetAsync(HashSet<(string, long)> met)
    {
        if (_process is not ITimedProcess<TState> timed)
        {
            return;
        }

        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var due = _documents
            .Select(one => (Id: one.Key, State: JsonSerializer.Deserialize(one.Value.Json, timed.View.Json)!))
            .Select(one => (one.Id, one.State, At: timed.DueOf(one.State)))
            .Where(one => one.At <= now)
            .OrderBy(one => one.At)
            .ThenBy(one => one.Id, StringComparer.Ordinal)
            .ToList();
        foreach (var (id, state, at) in due.Where(one => met.Add((one.Id, one.At!.Value))))
        {
            await ActAsync(() => timed.ElapseAsync(id, state, CancellationToken.None), $"what is due for '{id}'").ConfigureAwait(false);
        }
    }

    private async Task ActAsync(Func<Task> act, string on)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (Exception e) when (!steps.IsDead)
        {
            throw Failure.Of($"{_process.View.Name} threw when it acted on {on}", e);
        }
    }
}
