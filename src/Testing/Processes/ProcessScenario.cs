using Orderly.Domain.Serialization;
using Orderly.Subscriptions;

namespace Orderly.Testing;

/// <summary>A process, the events that happen while it runs, and the time that passes.</summary>
/// <remarks>
/// It runs the process once, and then anew for every step at which it can die: before and after each command that is appended, each message
/// that is sent and each commit of its state, with a commit for each event and with one for many. After a crash a new process goes on from
/// what was committed. Each time it must come to the same events, once each, and to the same messages.
/// </remarks>
public sealed class ProcessScenario<TState>
    where TState : class
{
    private readonly Func<ProcessServices, IProcess<TState>> _start;
    private readonly EventTypes _types;
    private readonly IReadOnlyList<Happening> _happenings;

    internal ProcessScenario(Func<ProcessServices, IProcess<TState>> start, EventTypes types, IReadOnlyList<Happening> happenings)
        => (_start, _types, _happenings) = (start, types, happenings);

    /// <summary>These events happen, each in its stream. Then the process does what follows from them.</summary>
    public ProcessScenario<TState> After(params IReadOnlyList<(string Stream, object Event)> events) => Later(TimeSpan.Zero, events);

    /// <summary>The clock moves, and these events happen. Then the process does what follows from them, and what is due.</summary>
    /// <example>
    /// <code>
    /// await Process(services => new PaymentDeadline(services.Commands, new ProcessOptions()))
    ///     .After(("order-o-1", placed), ("order-o-1", confirmed))
    ///     .Later(TimeSpan.FromHours(24))
    ///     .ThenAsync(("order-o-1", cancelled));
    /// </code>
    /// </example>
    public ProcessScenario<TState> Later(TimeSpan time, params IReadOnlyList<(string Stream, object Event)> events)
        => new(_start, _types, [.. _happenings, new Happening(time, events)]);

    /// <summary>Exactly these events are appended by its commands, each to its stream. Events are equal when their JSON is.</summary>
    /// <returns>What else it did.</returns>
    public async Task<ProcessOutcome> ThenAsync(params IReadOnlyList<(string Stream, object Event)> events)
    {
        var outcome = await RunAsync().ConfigureAwait(false);
        Difference.AssertNone(
            "Other events follow.", [.. events.Select(e => $"{e.Stream}: {GivenLog.Describe(_types, e.Event)}")],
            [.. outcome.Recorded.Select(GivenLog.Describe)]);
        return outcome;
    }

    /// <summary>What the process does.</summary>
    public async Task<ProcessOutcome> RunAsync()
    {
        ProcessOutcome? outcome = null;
        foreach (var batchEvents in new[] { 1, int.MaxValue })
        {
            var batches = batchEvents == 1 ? "a commit for each event" : "one commit for many events";
            var steps = new ProcessSteps();
            var undisturbed = await RunAsync(steps, batchEvents).ConfigureAwait(false);
            outcome ??= undisturbed;
            undisturbed.AssertLike(outcome, $"With {batches}");
            for (var at = 0; at < steps.Taken.Count; at++)
            {
                var crashed = await RunAsync(new ProcessSteps(at), batchEvents).ConfigureAwait(false);
                crashed.AssertLike(outcome, $"With {batches}, and a crash {steps.Taken[at]}");
            }
        }

        return outcome!;
    }

    private Task<ProcessOutcome> RunAsync(ProcessSteps steps, int batchEvents)
        => new ProcessRun<TState>(_start, _types, steps, batchEvents).RunAsync(_happenings);
}

/// <summary>What happens at a time.</summary>
/// <param name="Time">How long after what happened before.</param>
internal sealed record Happening(TimeSpan Time, IReadOnlyList<(string Stream, object Event)> Events);
