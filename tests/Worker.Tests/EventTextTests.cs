using System.Text;
using System.Text.Json;
using Orderly.Domain.EventStore;
using Orderly.Worker.Commands;

namespace Orderly.Worker.Tests;

/// <summary>Events as lines for people and for programs, also those that can't be read.</summary>
public class EventTextTests
{
    private const string Received = """{"sku":"LAMP","quantity":5,"reference":"Zoë","receivedAt":"2026-11-21T12:00:00+00:00"}""";

    [Fact]
    public void A_line_says_when_where_and_what()
    {
        var line = EventText.LineOf(Event(Received), null);
        Assert.Equal($"2026-11-21 12:00:00Z  42  product-LAMP@3  stock-received.v1  {Received}", line);
        Assert.Equal(line, EventText.LineOf(Event(Received), line.Length));
        Assert.Equal($"{line[..79]}…", EventText.LineOf(Event(Received), 80));
    }

    [Fact]
    public void An_event_that_can_t_be_read_is_told_as_such_in_one_line()
    {
        Assert.StartsWith(
            "2026-11-21 12:00:00Z  42  product-LAMP@3  stock-received.v1  (unreadable 'stock-received.v1': ",
            EventText.LineOf(Event("{\"sku\":\n\"LAMP\""), null),
            StringComparison.Ordinal);
        Assert.DoesNotContain('\n', EventText.LineOf(Event("{\"sku\":\n\"LAMP\""), null));
        Assert.Contains(
            "(unknown event type 'stock-counted.v1')", EventText.LineOf(Event("{}", "stock-counted.v1"), null), StringComparison.Ordinal);
        Assert.Contains(
            "is newer than the newest known version 1", EventText.FaultOf(Event("{}", "stock-received.v2")), StringComparison.Ordinal);
        Assert.Equal(
            "at an unknown time  42  product-LAMP@3  stock-received.v1  (its checksum is wrong) {}",
            EventText.LineOf(Event("{}") with { Damage = "its checksum is wrong" }, null));
        Assert.EndsWith(
            "not UTF-8; in base64: e4A=",
            EventText.LineOf(Event("") with { Data = new byte[] { (byte)'{', 0x80 } }, null),
            StringComparison.Ordinal);
        Assert.Null(EventText.FaultOf(Event(Received)));
    }

    /// <summary>What is in an event comes from clients, and must not reach the terminal as a command.</summary>
    [Fact]
    public void Nothing_in_an_event_controls_the_terminal()
    {
        var evil = Event("\u001b]0;owned\u0007\u009b2J", "x\u001b[2J.v1") with { Stream = "order-\u001b[1m" };
        Assert.DoesNotContain(EventText.LineOf(evil, null), char.IsControl);
        Assert.All(EventText.WholeOf(evil), line => Assert.DoesNotContain(line, char.IsControl));
    }

    [Fact]
    public void A_line_of_JSON_holds_the_event_exactly()
    {
        var recorded = Event("{\r\n  \"n\": 1.50,\n  \"half\": \"\\ud800\", \"who\": \"Zoë\"\n}") with { Metadata = default };
        var line = EventText.JsonOf(recorded);
        Assert.DoesNotContain('\n', line);
        Assert.Contains("\"n\": 1.50,", line, StringComparison.Ordinal);
        var json = JsonElement.Parse(line);
        Assert.Equal(
            ("42", "product-LAMP", 3, "stock-received.v1", recorded.Id, recorded.RecordedAt),
            (json.GetProperty("position").GetString(), json.GetProperty("stream").GetString(), json.GetProperty("revision").GetInt32(),
                json.GetProperty("type").GetString(), json.GetProperty("id").GetGuid(),
                json.GetProperty("recordedAt").GetDateTimeOffset()));
        Assert.Equal("Zoë", json.GetProperty("data").GetProperty("who").GetString());
        Assert.Equal("", json.GetProperty("metadata").GetString());
        Assert.StartsWith("unreadable", json.GetProperty("fault").GetString(), StringComparison.Ordinal);

        Assert.Equal("{\"sku\":", JsonElement.Parse(EventText.JsonOf(Event("{\"sku\":"))).GetProperty("data").GetString());
        Assert.Equal(JsonValueKind.Null, JsonElement.Parse(EventText.JsonOf(Event(Received))).GetProperty("fault").ValueKind);
    }

    [Fact]
    public void One_event_is_shown_whole()
        => Assert.Equal(
            """
            stock-received.v1 at position 42 (product-LAMP, revision 3)
            id: 0193f3a0-0000-7000-8000-000000000001
            recorded: 2026-11-21 12:00:00Z
            data:
            {
              "sku": "LAMP",
              "quantity": 5,
              "reference": "Zoë",
              "receivedAt": "2026-11-21T12:00:00+00:00"
            }
            metadata:
            {
              "actor": "ada"
            }
            """.ReplaceLineEndings("\n"),
            string.Join('\n', EventText.WholeOf(Event(Received))));

    [Theory]
    [InlineData("""{"half":"\ud800"}""")]
    [InlineData("no JSON")]
    [InlineData("")]
    public void What_can_t_be_made_pretty_is_shown_as_it_is(string data)
        => Assert.Contains(data, EventText.WholeOf(Event(data)));

    private static RecordedEvent Event(string data, string type = "stock-received.v1")
        => new(
            new Guid("0193f3a0-0000-7000-8000-000000000001"), "product-LAMP", 3, new LogPosition(42), type, Encoding.UTF8.GetBytes(data),
            "{\"actor\":\"ada\"}"u8.ToArray(), new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
}
