using Orderly.Domain;
using Orderly.Domain.Customers;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.ReadModels.Commands;
using Orderly.Subscriptions;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class CommandIndexProjectionTests
{
    private static readonly Guid s_command = new("0190f3a4-0000-7000-8000-000000000001");

    private readonly CommandIndexProjection _projection = new();

    [Fact]
    public void A_command_with_a_key_is_found_by_its_id_in_the_stream_of_its_first_event()
    {
        var first = Event("customer-ada", "abcdef0123456789");
        Assert.Equal([s_command.ToString()], _projection.DocumentIdsOf(first));

        var trace = _projection.Project(s_command.ToString(), null, first);
        Assert.Equal(new CommandTrace("customer-ada"), trace);
        Assert.Equal(trace, _projection.Project(s_command.ToString(), trace, Event("customer-bob", "abcdef0123456789")));
    }

    [Fact]
    public void A_command_without_a_key_is_not_in_it() => Assert.Empty(_projection.DocumentIdsOf(Event("customer-ada", null)));

    private static EventEnvelope Event(string stream, string? requestHash)
    {
        var forgotten = new CustomerForgotten("ada", Now);
        var encoded = OrderlyEvents.Types.Encode(
            Guid.Empty, forgotten, version
                => new EventMetadata(s_command, s_command, s_command, "ada", Now, version, RequestHash: requestHash));
        return new EventEnvelope(
            new RecordedEvent(encoded.Id, stream, 0, new LogPosition(1), encoded.Type, encoded.Data, encoded.Metadata, Now), forgotten);
    }
}
