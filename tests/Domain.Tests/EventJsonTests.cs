using System.Text;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Orderly.Testing;

namespace Orderly.Domain.Tests;

/// <summary>The bytes of the log: what is read here is what was ever written, and it is written again to the byte.</summary>
public class EventJsonTests
{
    private static IEnumerable<(string Type, string Json)> All
        => typeof(EventJsonTests).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IEventExamples)))
            .SelectMany(type => ((IEventExamples)Activator.CreateInstance(type)!).All);

    public static TheoryData<string, string> Examples
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (type, json) in All)
            {
                // The lines are broken to be read; no text of an example holds a line break.
                data.Add(type, json.ReplaceLineEndings(""));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_event_that_is_read_and_written_again_has_the_same_bytes(string type, string json)
    {
        var recorded = new RecordedEvent(
            Guid.Empty, "a-1", 0, new LogPosition(1), type, Encoding.UTF8.GetBytes(json), ReadOnlyMemory<byte>.Empty, Scenario.Now);

        var read = Assert.IsType<DecodedEvent.Known>(OrderlyEvents.Types.Decode(recorded));
        var written = OrderlyEvents.Types.Encode(
            Guid.Empty, read.Event, version => new EventMetadata(Guid.Empty, Guid.Empty, Guid.Empty, "ada", Scenario.Now, version));

        Assert.Equal(type, written.Type);
        Assert.Equal(json, Encoding.UTF8.GetString(written.Data.Span));
    }

    [Fact]
    public void Every_event_has_an_example()
        => Assert.Equal(
            OrderlyEvents.Types.Names.Order(StringComparer.Ordinal),
            All.Select(one => one.Type).Distinct().Order(StringComparer.Ordinal));
}

/// <summary>
/// Examples of events as they are in the log, by their names, at least one of each. An example is never changed: an event that grows has one
/// more under its name. Every class of the tests that implements this is found.
/// </summary>
public interface IEventExamples
{
    IEnumerable<(string Type, string Json)> All { get; }
}
