using Orderly.Domain.Deciding;
using Orderly.Testing;

namespace Orderly.Domain.Tests;

public class CommandIdsTests
{
    [Fact]
    public void A_name_gives_the_same_id_for_ever()
        // Stored logs depend on it.
        => Assert.Equal(Guid.Parse("1a5d52c6-11d4-8952-8386-3d5f7e8f9aca"), CommandIds.FromName("idempotency-key", "abc"));

    [Fact]
    public void Names_differ_by_where_their_parts_end()
    {
        Assert.NotEqual(CommandIds.FromName("ab", "c"), CommandIds.FromName("a", "bc"));
        Assert.NotEqual(CommandIds.FromName("a", ""), CommandIds.FromName("a"));
        Assert.Equal((8, 0b10), (CommandIds.FromName("a").Version, CommandIds.FromName("a").Variant >> 2));
    }

    [Fact]
    public void Events_of_a_command_have_ids_of_their_own_inside_its_range()
    {
        var command = CommandContext.ForRequest(Guid.CreateVersion7(), "tester", Scenario.Now) with { RequestHash = "ffffffff00" };
        var (lowest, highest) = CommandIds.EventIdRange(command.CommandId);
        var ids = Enumerable.Range(0, 100).Select(index => CommandIds.EventId(command, index)).ToList();
        Assert.Equal(100, ids.Distinct().Count());
        Assert.All(ids, id => Assert.True(
            Hex(id) is var hex && string.CompareOrdinal(hex, Hex(lowest)) >= 0 && string.CompareOrdinal(hex, Hex(highest)) <= 0));
    }

    [Fact]
    public void Another_request_under_the_same_command_id_makes_other_event_ids()
    {
        var command = CommandContext.ForRequest(Guid.CreateVersion7(), "tester", Scenario.Now);
        Assert.NotEqual(
            CommandIds.EventId(command with { RequestHash = "aaaaaaaa" }, 0),
            CommandIds.EventId(command with { RequestHash = "aaaaaaab" }, 0));
    }

    private static string Hex(Guid id) => Convert.ToHexString(id.ToByteArray(bigEndian: true));
}
