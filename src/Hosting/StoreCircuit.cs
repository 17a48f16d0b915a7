using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Polly;
using Polly.CircuitBreaker;

namespace Orderly.Hosting;

/// <summary>
/// Keeps calls from a store that has just failed them: when half of them fail, the next ones are refused at once for a second, and then one
/// is tried. So a store that is silent does not hold the requests that could be answered without it. Safe for concurrent use.
/// </summary>
public sealed class StoreCircuit
{
    /// <summary>How many calls tell that a store is away.</summary>
    private const int FewestCalls = 5;

    private static readonly TimeSpan s_sample = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private static readonly Gauge<int> s_state = new Meter(CommandTelemetry.Name).CreateGauge<int>(
        "orderly.store.circuit", "{state}", "1 while calls to the store are refused, since most have just failed; 0 when they are not.");

    private readonly TimeProvider _time;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _calls;

    /// <summary>When a call last failed, by the clock's timestamps. Null while none has within the sample.</summary>
    private StrongBox<long>? _failed;

    /// <param name="store">Its name in metrics.</param>
    public StoreCircuit(string store, TimeProvider time)
    {
        ValueTask Tell(int state)
        {
            s_state.Record(state, new KeyValuePair<string, object?>("store", store));
            return ValueTask.CompletedTask;
        }

        _time = time;
        _calls = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = FewestCalls,
                SamplingDuration = s_sample,
                BreakDuration = s_pause,
                ShouldHandle = arguments => ValueTask.FromResult(IsFailure(arguments.Outcome.Exception)),
                StateProvider = _state,
                OnOpened = _ => Tell(1),
                OnClosed = _ => Tell(0),
            })
            .Build();
    }

    /// <summary>Whether calls are refused now, but for one that tries.</summary>
    public bool IsOpen => _state.CircuitState is CircuitState.Open or CircuitState.HalfOpen;

    /// <summary>
    /// Whether calls are counted. From the first that fails on they are; as long as none does, none pays for it, and a caller to whom that
    /// matters may make the call itself, and tell of it if it fails (<see cref="FailedAsync"/>).
    /// </summary>
    public bool Counts => Volatile.Read(ref _failed) is not null;

    /// <summary>Makes the call, unless the store has just failed most.</summary>
    /// <exception cref="BrokenCircuitException">It was not made.</exception>
    public async Task<T> CallAsync<T, TState>(
        Func<TState, CancellationToken, Task<T>> call, TState state, CancellationToken cancellationToken)
    {
        var failed = Volatile.Read(ref _failed);
        try
        {
            if (failed is null)
            {
                return await call(state, cancellationToken);
            }

            var result = await _calls.ExecuteAsync(
                static (with, token) => new ValueTask<T>(with.call(with.state, token)), (call, state), cancellationToken);
            if (_time.GetElapsedTime(failed.Value) > s_sample && !IsOpen)
            {
                Interlocked.CompareExchange(ref _failed, null, failed);
            }

            return result;
        }
        catch (Exception e) when (IsFailure(e))
        {
            if (failed is null)
            {
                await FailedAsync(e);
            }
            else
            {
                Remember();
            }

            throw;
        }
    }

    /// <summary>Counts a failure of a call that was made while none was counted.</summary>
    public async Task FailedAsync(Exception failure)
    {
        Remember();
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        await _calls.ExecuteOutcomeAsync(static (_, e) => ValueTask.FromResult(Outcome.FromException<bool>(e)), context, failure);
        ResilienceContextPool.Shared.Return(context);
    }

    private void Remember() => Volatile.Write(ref _failed, new StrongBox<long>(_time.GetTimestamp()));

    private static bool IsFailure(Exception? e) => e is EventStoreUnavailableException or ViewStoreUnavailableException;
}

/// <summary>The circuits of both stores.</summary>
public sealed class StoreCircuits(TimeProvider time)
{
    public StoreCircuit EventStore { get; } = new("event-store", time);

    public StoreCircuit ViewStore { get; } = new("view-store", time);
}
