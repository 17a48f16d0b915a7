using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

public abstract partial class ViewStoreContract
{
    [SkippableFact]
    public async Task A_walk_reaches_each_node_with_the_fewest_hops()
    {
        var view = await GivenGraphAsync(("a", "b", 5), ("b", "c", 4), ("c", "d", 3), ("d", "e", 9), ("a", "c", 1), ("x", "y", 7));

        Assert.Equal([N("b", 1, 5), N("c", 1, 1)], await WalkAsync(view, "a", 1));
        Assert.Equal([N("b", 1, 5), N("c", 1, 1), N("d", 2, 1)], await WalkAsync(view, "a", 2));
        Assert.Equal([N("b", 1, 5), N("c", 1, 1), N("d", 2, 1), N("e", 3, 1)], await WalkAsync(view, "a", 3));
        Assert.Equal([N("c", 1, 4), N("d", 2, 3)], await WalkAsync(view, "b", 2));
        Assert.Equal([N("y", 1, 7)], await WalkAsync(view, "x", 3));
    }

    [SkippableFact]
    public async Task A_way_is_as_strong_as_its_weakest_edge_and_the_strongest_way_counts()
    {
        var view = await GivenGraphAsync(
            ("a", "strong", 9), ("strong", "z", 2),
            ("a", "even", 4), ("even", "z", 4),
            ("a", "weak", 1), ("weak", "z", 9),
            ("z", "end", 7), ("strong", "end2", 8), ("end2", "end", 8));

        Assert.Equal(
            [N("strong", 1, 9), N("end2", 2, 8), N("end", 3, 8), N("even", 1, 4), N("z", 2, 4), N("weak", 1, 1)],
            await WalkAsync(view, "a", 3));
    }

    [SkippableFact]
    public async Task Edges_are_followed_in_their_direction_and_no_node_is_reached_twice()
    {
        var view = await GivenGraphAsync(
            ("a", "a", 9), ("a", "b", 3), ("b", "a", 3), ("b", "b", 8), ("b", "c", 2), ("c", "a", 2), ("c", "b", 5), ("d", "a", 9));

        Assert.Equal([N("b", 1, 3), N("c", 2, 2)], await WalkAsync(view, "a", 3));
        Assert.Equal([N("b", 1, 5), N("a", 1, 2)], await WalkAsync(view, "c", 3));
        Assert.Equal([N("a", 1, 9), N("b", 2, 3), N("c", 3, 2)], await WalkAsync(view, "d", 3));
    }

    [SkippableFact]
    public async Task The_strongest_come_first_then_the_nearest_then_by_id_and_the_limit_cuts_the_rest()
    {
        var view = await GivenGraphAsync(
            ("a", "n", 3),
            ("a", "m", 3),
            ("a", "B", 3),
            ("n", "far", 3),
            ("n", "b", 3),
            ("a", "most", 4_000_000_000_000),
            ("most", "next", 5));
        GraphNode[] expected =
            [N("most", 1, 4_000_000_000_000), N("next", 2, 5), N("B", 1, 3), N("m", 1, 3), N("n", 1, 3), N("b", 2, 3), N("far", 2, 3)];

        Assert.Equal(expected, await WalkAsync(view, "a", 2));
        for (var limit = 1; limit < expected.Length; limit++)
        {
            Assert.Equal(expected.Take(limit), (await Store.WalkAsync(view, new GraphQuery("a", 2, limit), Patience)).Nodes);
        }
    }

    [SkippableFact]
    public async Task Of_each_node_only_the_strongest_edges_are_followed()
    {
        var view = await GivenGraphAsync(
            ("a", "b", 3), ("a", "c", 3), ("a", "d", 9), ("d", "a", 9), ("d", "e", 8), ("d", "c", 7), ("e", "c", 1));

        // Its weak edge to "c" is not followed, so "c" is not one hop away. The edge back to where it came from counts as one.
        Assert.Equal(
            [N("d", 1, 9), N("e", 2, 8), N("b", 1, 3), N("c", 3, 1)],
            (await Store.WalkAsync(view, new GraphQuery("a", 3, 100) { EdgesPerNode = 2 }, Patience)).Nodes);
        Assert.Equal([N("d", 1, 9)], (await Store.WalkAsync(view, new GraphQuery("a", 3, 100) { EdgesPerNode = 1 }, Patience)).Nodes);
    }

    [SkippableFact]
    public async Task Only_from_the_strongest_nodes_of_a_hop_the_walk_goes_on()
    {
        var view = await GivenGraphAsync(
            ("a", "b", 3),
            ("a", "c", 3),
            ("a", "d", 9),
            ("b", "from-b", 1),
            ("c", "from-c", 9),
            ("d", "from-d", 2),
            ("from-d", "end", 1),
            ("from-b", "end-b", 1));

        Assert.Equal(
            [N("d", 1, 9), N("b", 1, 3), N("c", 1, 3), N("from-d", 2, 2), N("from-b", 2, 1), N("end", 3, 1), N("end-b", 3, 1)],
            (await Store.WalkAsync(view, new GraphQuery("a", 3, 100) { NodesPerHop = 2 }, Patience)).Nodes);
        Assert.Equal(
            [N("d", 1, 9), N("b", 1, 3), N("c", 1, 3), N("from-d", 2, 2), N("end", 3, 1)],
            (await Store.WalkAsync(view, new GraphQuery("a", 3, 100) { NodesPerHop = 1 }, Patience)).Nodes);
    }

    [SkippableFact]
    public async Task What_is_no_edge_is_not_followed_and_takes_no_place()
    {
        var view = SampleViews.Graph();
        var live = await Store.OpenAsync(view, 1, Patience);
        await CommitAsync(
            view,
            live,
            5,
            Document("1", "a", number: 0, author: "none"),
            Document("2", "a", number: -3, author: "less"),
            Document("3", "a", number: null, author: "unknown"),
            Document("4", "a", number: 9),
            Document("5", null, number: 9, author: "b"),
            Document("6", "a", number: 1, author: "b"),
            Document("7", "a", number: 2, author: "b"),
            Document("8", "a", number: 2, author: "c"));

        // Two documents may be edges between the same nodes: the stronger one counts.
        Assert.Equal([N("b", 1, 2), N("c", 1, 2)], await WalkAsync(view, "a", 3));
        Assert.Equal(
            [N("b", 1, 2), N("c", 1, 2)], (await Store.WalkAsync(view, new GraphQuery("a", 1, 100) { EdgesPerNode = 2 }, Patience)).Nodes);
    }

    [SkippableFact]
    public async Task A_walk_follows_the_edges_as_they_change_and_tells_the_views_position()
    {
        var view = SampleViews.Graph();
        Assert.Equal((0, 0L), await CountAsync());
        var live = await Store.OpenAsync(view, 2, Patience);
        Assert.Equal((0, 0L), await CountAsync());

        live = await CommitAsync(view, live, 5, Edge("a", "b", 2), Edge("b", "c", 2));
        Assert.Equal((2, 5L), await CountAsync());
        live = await CommitAsync(view, live, 6, Edge("a", "b", 0, position: 6));
        Assert.Equal((0, 6L), await CountAsync());
        live = await CommitAsync(view, live, 7, Edge("a", "b", 1, position: 7));
        Assert.Equal((2, 7L), await CountAsync());

        // Another generation of the view is not seen before it is live.
        var building = await Store.StartGenerationAsync(view, Patience);
        building = await CommitAsync(view, building, 8, Edge("a", "z", 1));
        Assert.Equal((2, 7L), await CountAsync());
        Assert.True(await Store.SwapAsync(building, Patience));
        Assert.Equal((1, 8L), await CountAsync());

        async Task<(int, long)> CountAsync()
        {
            var found = await Store.WalkAsync(view, new GraphQuery("a", 3, 100), Patience);
            return (found.Nodes.Count, found.Position);
        }
    }

    /// <summary>The live generation may be of a version that declared no graph.</summary>
    [SkippableFact]
    public async Task A_generation_that_was_made_without_the_graph_is_walked_too()
    {
        var view = SampleViews.Graph();
        var older = new View<Sample>(view.Name, 1, view.Json);
        var live = await Store.OpenAsync(older, 1, Patience);
        await CommitAsync(older, live, 5, Edge("a", "b", 2), Edge("b", "c", 1), Edge("a", "d", 0));

        Assert.Equal([N("b", 1, 2), N("c", 2, 1)], await WalkAsync(view, "a", 2));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_random_graph_is_walked_as_by_hand(int seed)
    {
        const int Nodes = 40;
        var random = new Random(seed);
        List<(string From, string To, long Weight)> edges = [];
        for (var from = 0; from < Nodes; from++)
        {
            // Few different weights, so that there are ties; and nodes with many edges beside some with none.
            edges.AddRange(Enumerable.Range(0, Nodes).Where(_ => random.Next(Nodes) < from % 11).Select(
                to => ($"n-{from}", $"n-{to}", (long)random.Next(0, 7))));
        }

        var view = await GivenGraphAsync(edges);
        foreach (var start in Enumerable.Range(0, Nodes).Select(node => $"n-{node}").Append("nobody"))
        {
            foreach (var query in new[]
            {
                new GraphQuery(start, 1, 100), new GraphQuery(start, 2, 100), new GraphQuery(start, 3, 100), new GraphQuery(start, 3, 5),
                new GraphQuery(start, 3, 100) { EdgesPerNode = 3 }, new GraphQuery(start, 3, 100) { NodesPerHop = 2 },
                new GraphQuery(start, 3, 100) { EdgesPerNode = 4, NodesPerHop = 3 },
            })
            {
                Assert.Equal(Walked(edges, query), (await Store.WalkAsync(view, query, Patience)).Nodes);
            }
        }
    }

    /// <summary>Every node has more edges than are followed, and a hop reaches more nodes than the walk goes on from.</summary>
    [SkippableFact]
    public async Task A_dense_graph_is_walked_within_the_bounds()
    {
        const int Nodes = 220;
        var random = new Random(4);
        var edges = (from a in Enumerable.Range(0, Nodes)
                     from b in Enumerable.Range(0, Nodes)
                     where a != b
                     select (
            $"n-{a}", $"n-{b}", random.NextInt64(1, 500))).ToList();
        var view = await GivenGraphAsync(edges);

        for (var hops = 1; hops <= GraphQuery.MaxHops; hops++)
        {
            var query = new GraphQuery("n-7", hops, 210);
            var found = await Store.WalkAsync(view, query, Patience);
            Assert.Equal(Walked(edges, query), found.Nodes);
            Assert.Equal(hops == 1 ? query.EdgesPerNode : query.Limit, found.Nodes.Count);
        }
    }

    [SkippableFact]
    public async Task A_walk_that_can_t_be_is_an_error()
    {
        var view = await GivenGraphAsync(("a", "b", 1));
        GraphQuery[] wrong =
        [
            new("a", 0, 10),
            new("a", GraphQuery.MaxHops + 1, 10),
            new("a", 1, 0),
            new("a", 1, 10) { EdgesPerNode = 0 },
            new("a", 1, 10) { NodesPerHop = 0 },
        ];
        foreach (var query in wrong)
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WalkAsync(view, query, Patience));
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.WalkAsync(SampleViews.Unique(), new GraphQuery("a", 1, 10), Patience));
    }

    /// <summary>What the port says, put down as plainly as can be.</summary>
    private static IEnumerable<GraphNode> Walked(List<(string From, string To, long Weight)> edges, GraphQuery query)
    {
        Dictionary<string, GraphNode> reached = new(StringComparer.Ordinal) { [query.Start] = N(query.Start, 0, long.MaxValue) };
        for (var hop = 1; hop <= query.Hops; hop++)
        {
            Dictionary<string, GraphNode> further = new(StringComparer.Ordinal);
            var last = reached.Values.Where(node => node.Hops == hop - 1).OrderByDescending(node => node.Weight).ThenBy(
                node => node.Id, StringComparer.Ordinal);
            foreach (var node in last.Take(query.NodesPerHop))
            {
                var followed = edges.Where(edge => edge.From == node.Id && edge.Weight > 0)
                    .OrderByDescending(edge => edge.Weight).ThenBy(edge => edge.To, StringComparer.Ordinal).Take(query.EdgesPerNode);
                foreach (var (_, to, weight) in followed.Where(edge => !reached.ContainsKey(edge.To)))
                {
                    var way = Math.Min(node.Weight, weight);
                    further[to] = N(to, hop, Math.Max(way, further.GetValueOrDefault(to)?.Weight ?? 0));
                }
            }

            foreach (var node in further.Values)
            {
                reached.Add(node.Id, node);
            }
        }

        return reached.Values.Where(node => node.Hops > 0)
            .OrderByDescending(node => node.Weight)
                .ThenBy(node => node.Hops)
                .ThenBy(node => node.Id, StringComparer.Ordinal)
                .Take(query.Limit);
    }

    private static GraphNode N(string id, int hops, long weight) => new(id, hops, weight);

    private static StoredDocument<Sample> Edge(string from, string to, long weight, long position = 1)
        => Document($"{from}/{to}", from, position, weight, to);

    private async Task<View<Sample>> GivenGraphAsync(params IReadOnlyList<(string From, string To, long Weight)> edges)
    {
        var view = SampleViews.Graph();
        var live = await Store.OpenAsync(view, 1, Patience);
        await CommitAsync(view, live, 5, [.. edges.Select(edge => Edge(edge.From, edge.To, edge.Weight))]);
        return view;
    }

    private async Task<IReadOnlyList<GraphNode>> WalkAsync(View<Sample> view, string start, int hops)
        => (await Store.WalkAsync(view, new GraphQuery(start, hops, 100), Patience)).Nodes;
}
