using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.ViewStore;
using Orderly.Tests;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>
/// Reads all documents of the view all the time and compares each answer with a fold of the log: it has to be of one
/// version, with every document, as the log was at its position, and never before what was read earlier.
/// </summary>
/// <param name="ids">The documents, which are all there from the start.</param>
/// <param name="isExact">
/// Whether documents hold nothing after the answer's position: so it is with one partition. With more, that is the position of
/// the one that is furthest behind.
/// </param>
internal sealed class SteadyReader(Engine engine, IReadOnlyList<string> ids, bool isExact)
{
    private readonly View<Counter> _view = new CountingProjection().View;
    private readonly Dictionary<string,
    List<(long Position, Counter Value)>> _history = ids.ToDictionary(id => id, _ => new List<(long, Counter)>());
    private readonly Dictionary<string, long> _seen = ids.ToDictionary(id => id, _ => 0L);
    private long _read;
    private long _position;

    /// <summary>How many answers there were.</summary>
    public int Polls { get; private set; }

    /// <summary>What was wrong with them.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>The versions in the order in which they were seen.</summary>
    public List<int> Versions { get; } = [];

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(await engine.Views.FindAsync(_view, ids, CancellationToken.None));
            }
            catch (Exception e)
            {
                Faults.Add(e.ToString());
            }

            Polls++;
            await Task.Delay(1, CancellationToken.None);
        }
    }

    /// <summary>Waits for so many answers from now on.</summary>
    public Task PollsAsync(int count)
    {
        var until = Polls + count;
        return Wait.UntilAsync(() => Polls >= until);
    }

    private async Task CheckAsync(ViewSnapshot<Counter> snapshot)
    {
        await ReadLogAsync();
        Expect(snapshot.Documents.Count == ids.Count, snapshot, "documents are missing");
        Expect(snapshot.Position >= _position, snapshot, $"the position went back from {_position}");
        _position = snapshot.Position;
        HashSet<int> versions = [];
        foreach (var (id, position, value) in snapshot.Documents)
        {
            var last = _history[id].FindLastIndex(one => one.Position <= snapshot.Position);
            var holds = _history[id].FindIndex(Math.Max(last, 0), one => one.Position == position);
            Expect(
                holds >= 0 && (holds == last || !isExact),
                snapshot,
                $"{id} is at {position}, and not at {(last < 0 ? 0 : _history[id][last].Position)}");
            Expect(position >= _seen[id], snapshot, $"{id} went back from {_seen[id]} to {position}");
            _seen[id] = position;
            if (holds >= 0)
            {
                var folded = _history[id][holds].Value;
                var version = Enumerable.Range(1, 2).FirstOrDefault(factor => value == folded with { Sum = folded.Sum * factor });
                Expect(version > 0, snapshot, $"{id} is {value}, and the log says {folded}");
                versions.Add(version);
            }
        }

        Expect(versions.Count == 1, snapshot, $"versions {string.Join(" and ", versions)} are mixed");
        if (Versions.Count == 0 || !versions.Contains(Versions[^1]))
        {
            Versions.AddRange(versions);
        }
    }

    private void Expect(bool isSo, ViewSnapshot<Counter> snapshot, string fault)
    {
        if (!isSo)
        {
            Faults.Add($"Poll {Polls}, position {snapshot.Position}: {fault}.");
        }
    }

    /// <summary>Folds what was appended since.</summary>
    private async Task ReadLogAsync()
    {
        await foreach (var recorded in engine.Log.ReadAllAsync(
            new LogPosition(_read), EventFilter.Everything, long.MaxValue, CancellationToken.None))
        {
            var added = (Added)Assert.IsType<DecodedEvent.Known>(CountingProjection.Types.Decode(recorded)).Event;
            foreach (var id in added.Counters)
            {
                var before = _history[id] is [.., var last] ? last.Value : new Counter(0, 0);
                _history[id].Add((recorded.Position.Value, new Counter(before.Events + 1, before.Sum + added.Amount)));
            }

            _read = recorded.Position.Value;
        }
    }
}
