using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.Checks;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Processes.Checks;
using Orderly.Subscriptions;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>A deadline that is met while validation has not folded yet what the log has.</summary>
public class ValidationDeadlineTests
{
    /// <param name="folded">How many of the three answers validation has folded.</param>
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task An_order_whose_checks_are_in_the_log_is_not_rejected(int folded)
    {
        // All but validation.
        string[] others = ["order-details", .. CheckNames.All.Select(check => $"{check}-check")];
        await using var api = await RunningApi.StartWithProcessesAsync(
            null, null, [.. others.Select((name, index) => $"--Orderly:Only:{index}={name}")]);
        await new Shop(api).OpenAsync("ann", ("TEA-1", 1_000));
        await api.DoAsync("/v1/orders", Shop.Order("o-1", "ann", ("TEA-1", 1, Shop.Price)));
        List<RecordedEvent> checks = [];
        await Wait.UntilAsync(async () => (checks = await ReadAsync("checks-o-1")).Count == CheckNames.All.Count);
        var process = api.Services.GetRequiredService<ValidationProcess>();
        var types = api.Services.GetRequiredService<EventTypes>();
        var state = (await ReadAsync("order-o-1")).Concat(checks.Take(folded)).Aggregate(
            (OrderValidation?)null,
            (before, recorded) => process.Project(
                "o-1", before, new EventEnvelope(recorded, Assert.IsType<DecodedEvent.Known>(types.Decode(recorded)).Event)))!;

        // The checks have come past the order, so none is waited for.
        await Wait.UntilAsync(async () => !await api.Services.GetRequiredService<IConsumers>().AreStillComingAsync(
            [.. CheckNames.All.Select(check => $"{check}-check")], new LogPosition(state.Position), CancellationToken.None));

        await process.ElapseAsync("o-1", state, CancellationToken.None);

        Assert.Equal(["order-placed.v1"], (await ReadAsync("order-o-1")).Select(one => one.Type));

        async Task<List<RecordedEvent>> ReadAsync(string stream)
            => await api.Services.GetRequiredService<IEventStore>()
                .ReadStreamAsync(stream, ReadDirection.Forwards, 0, 100, CancellationToken.None).ToListAsync();
    }
}
