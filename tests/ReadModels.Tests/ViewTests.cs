using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Tests;

public sealed class ViewTests
{
    private static readonly JsonTypeInfo<Link> s_json = (JsonTypeInfo<Link>)JsonSerializerOptions.Web.GetTypeInfo(typeof(Link));

    private static readonly ViewField<Link>[] s_fields =
        [new("source", link => link.Source), new("target", link => link.Target), new("count", link => link.Count)];

    [Fact]
    public void A_view_under_another_name_is_a_graph_still()
    {
        var graph = new ViewGraph("source", "target", "count");
        var copy = new View<Link>("links", 3, s_json, s_fields) { Graph = graph }.Named("links-verify");

        Assert.Equal(("links-verify", 3, graph), (copy.Name, copy.Version, copy.Graph));
        Assert.Null(new View<Link>("links", 1, s_json, s_fields).Named("other").Graph);
    }

    [Fact]
    public void The_fields_of_a_graph_have_to_be_declared()
        => Assert.Throws<ArgumentException>(
            () => new View<Link>("links", 1, s_json, s_fields[..2]) { Graph = new ViewGraph("source", "target", "count") });

    private sealed record Link(string Source, string Target, long Count);
}
