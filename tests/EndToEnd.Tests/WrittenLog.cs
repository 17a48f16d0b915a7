using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Domain.Serialization;

namespace Orderly.EndToEnd.Tests;

/// <summary>Events that a test writes to the log itself, past the commands.</summary>
internal static class WrittenLog
{
    public const int EventsPerOrder = 4;

    /// <summary>
    /// Orders <c>o-0</c>, <c>o-1</c> and so on that were placed, confirmed, paid and shipped; 64 writers, each with its own orders, all of
    /// them open at the same time.
    /// </summary>
    public static Task AppendOrdersAsync(this IEventStore log, int orders)
        => Task.WhenAll(Enumerable.Range(0, 64).Select(writer => Task.Run(async () =>
        {
            for (var step = 0; step < EventsPerOrder; step++)
            {
                for (var order = writer; order < orders; order += 64)
                {
                    var result = await log.AppendAsync(
                        $"order-o-{order}", ExpectedRevision.Exactly(step - 1), [Encode(Step($"o-{order}", step))], CancellationToken.None);
                    Assert.IsType<AppendResult.Appended>(result);
                }
            }
        })));

    /// <summary>Appends events of the domain, and <see cref="NewEvent"/>s as they are; answers the position of the last one.</summary>
    public static async Task<LogPosition> WriteAsync(this IEventStore log, string stream, params IEnumerable<object> events)
    {
        var result = await log.AppendAsync(
            stream, ExpectedRevision.Any, [.. events.Select(one => one as NewEvent ?? Encode(one))], CancellationToken.None);
        return Assert.IsType<AppendResult.Appended>(result).Position;
    }

    public static NewEvent Encode(object @event)
    {
        var id = Guid.CreateVersion7();
        return OrderlyEvents.Types.Encode(
            CommandIds.EventId(CommandContext.ForRequest(id, "test", DateTimeOffset.UnixEpoch), 0),
            @event,
            version => new EventMetadata(id, id, id, "test", DateTimeOffset.UnixEpoch, version));
    }

    private static object Step(string orderId, int step)
    {
        var at = new DateTimeOffset(2026, 11, 21, 12, step, 0, TimeSpan.Zero);
        OrderLine[] lines = [new("LAMP", 2, 19.95m, 39.9m)];
        var total = new Money(39.9m, "EUR");
        return step switch
        {
            0 => new OrderPlaced(orderId, "ada", lines, total, null, at),
            1 => new OrderConfirmed(orderId, "ada", lines, total, at),
            2 => new OrderPaid(orderId, "ada", total, at),
            _ => new OrderShipped(orderId, "ada", lines, "post", "T-1", at),
        };
    }
}
