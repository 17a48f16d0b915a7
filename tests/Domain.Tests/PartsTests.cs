using System.Text.Json.Serialization;
using Orderly.Domain.Deciding;
using Orderly.Domain.Serialization;

namespace Orderly.Domain.Tests;

/// <summary>What is added to the domain is found by itself; what it lacks is told at the start.</summary>
public partial class PartsTests
{
    [Fact]
    public void Events_are_found_with_their_names()
        => Assert.Equal(["rung.v1"], EventTypes.Of([typeof(Rung), typeof(Names)]).Names);

    [Fact]
    public void An_event_without_a_name_is_told()
    {
        var told = Assert.Throws<IncompleteException>(() => EventTypes.Of([typeof(Rung), typeof(Muted), typeof(Names)]));
        Assert.Equal("The event Muted has no name in the log. Add it to the IEventNames of its aggregate.", told.Message);
    }

    [Fact]
    public void Json_that_reads_less_strictly_than_the_log_s_is_told()
    {
        var told = Assert.Throws<IncompleteException>(() => EventTypes.Of([typeof(Rung), typeof(LaxNames)]));
        Assert.Equal("The JSON of 'rung.v1' has not the options of the log, which IEventNames lists.", told.Message);
    }

    [Fact]
    public void Categories_are_found_with_the_ids_that_their_streams_can_have()
    {
        var categories = StreamCategory.AllOf(typeof(OrderlyEvents).Assembly.GetTypes());
        Assert.Equal(["checks", "customer", "emails", "order", "payment", "product"], categories.Keys.Intersect(
            ["checks", "customer", "emails", "order", "payment", "product"]));
        Assert.True(categories["product"].IsId("LAMP-1"));
        Assert.False(categories["order"].IsId("LAMP-1"));
        Assert.True(categories["order"].IsId("o-1"));
    }

    [Fact]
    public void Two_aggregates_with_one_category_are_told()
    {
        var told = Assert.Throws<IncompleteException>(() => StreamCategory.AllOf([typeof(Bell), typeof(OtherBell)]));
        Assert.Equal("The category 'bell' of OtherBell is that of another aggregate, whose streams would have its names.", told.Message);
    }

    [Fact]
    public void A_category_that_could_be_part_of_an_id_is_told()
    {
        var told = Assert.Throws<IncompleteException>(() => StreamCategory.AllOf([typeof(DoorBell)]));
        Assert.Equal("The category of DoorBell is 'door-bell'; it must be lower-case letters.", told.Message);
    }

    private sealed record Rung(int Times) : IEvent;

    private sealed record Muted : IEvent;

    private sealed class Names : IEventNames
    {
        public void AddTo(EventTypes.Builder types) => types.Add("rung.v1", StrictJson.Default.Rung);
    }

    private sealed class LaxNames : IEventNames
    {
        public void AddTo(EventTypes.Builder types) => types.Add("rung.v1", LaxJson.Default.Rung);
    }

    private sealed record Bell : IAggregate<Bell>
    {
        public static string Category => "bell";

        public static Bell Initial { get; } = new();

        public static Bell Evolve(Bell state, object @event) => state;
    }

    private sealed record OtherBell : IAggregate<OtherBell>
    {
        public static string Category => "bell";

        public static OtherBell Initial { get; } = new();

        public static OtherBell Evolve(OtherBell state, object @event) => state;
    }

    private sealed record DoorBell : IAggregate<DoorBell>
    {
        public static string Category => "door-bell";

        public static DoorBell Initial { get; } = new();

        public static DoorBell Evolve(DoorBell state, object @event) => state;
    }

    [JsonSourceGenerationOptions(
        System.Text.Json.JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Rung))]
    private sealed partial class StrictJson : JsonSerializerContext;

    [JsonSerializable(typeof(Rung))]
    private sealed partial class LaxJson : JsonSerializerContext;
}
