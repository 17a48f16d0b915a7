using Microsoft.Extensions.Time.Testing;
using Orderly.Contracts.EventStore;
using Orderly.Domain.EventStore;

namespace Orderly.Testing.Tests;

/// <summary>The contract on the log in memory.</summary>
public sealed class MemoryEventStoreContract : EventStoreContract
{
    private readonly FakeTimeProvider _time = new(Scenario.Now);

    public MemoryEventStoreContract() => Store = new MemoryEventStore(_time);

    protected override IEventStore Store { get; }

    protected override Task PassTimeAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
