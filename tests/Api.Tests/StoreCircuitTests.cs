using Microsoft.Extensions.Time.Testing;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Polly.CircuitBreaker;

namespace Orderly.Api.Tests;

public sealed class StoreCircuitTests
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_sample = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly StoreCircuit _circuit;
    private int _calls;

    public StoreCircuitTests() => _circuit = new StoreCircuit("tested", _time);

    [Fact]
    public async Task Calls_are_refused_when_five_have_failed_and_after_a_pause_one_is_made()
    {
        for (var call = 0; call < 5; call++)
        {
            Assert.False(_circuit.IsOpen);
            await FailAsync();
        }

        Assert.True(_circuit.IsOpen);
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(SucceedAsync);
        Assert.Equal(5, _calls);

        _time.Advance(s_pause);
        await FailAsync();
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(SucceedAsync);
        Assert.Equal(6, _calls);

        _time.Advance(s_pause);
        await SucceedAsync();
        Assert.False(_circuit.IsOpen);
    }

    [Fact]
    public async Task Calls_that_fail_at_the_same_time_are_all_counted()
    {
        var end = new TaskCompletionSource();
        var calls = Enumerable.Range(0, 5).Select(_ => FailAsync(end.Task)).ToList();
        end.SetResult();
        await Task.WhenAll(calls);

        Assert.True(_circuit.IsOpen);
    }

    [Fact]
    public async Task A_store_that_fails_fewer_than_half_of_its_calls_is_asked()
    {
        for (var call = 0; call < 20; call++)
        {
            await FailAsync();
            await SucceedAsync();
            await SucceedAsync();
        }

        Assert.False(_circuit.IsOpen);
        Assert.Equal(60, _calls);
    }

    [Fact]
    public async Task What_failed_long_ago_does_not_count()
    {
        for (var round = 0; round < 3; round++)
        {
            for (var call = 0; call < 3; call++)
            {
                await FailAsync();
            }

            Assert.False(_circuit.IsOpen);
            _time.Advance(2 * s_sample);
            await SucceedAsync();
        }
    }

    [Fact]
    public async Task Other_faults_than_a_store_that_is_away_do_not_count()
    {
        for (var call = 0; call < 20; call++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(() => throw new InvalidOperationException()));
        }

        await SucceedAsync();
        Assert.Equal(21, _calls);
    }

    private Task<EventStoreUnavailableException> FailAsync(Task? first = null)
        => Assert.ThrowsAsync<EventStoreUnavailableException>(() => CallAsync(async () =>
        {
            await (first ?? Task.CompletedTask);
            throw new EventStoreUnavailableException("gone");
        }));

    private Task SucceedAsync() => CallAsync(() => Task.FromResult(1));

    private Task<int> CallAsync(Func<Task<int>> call)
        => _circuit.CallAsync(
            (made, _) =>
            {
                _calls++;
                return made();
            },
            call, CancellationToken.None);
}
