using MongoDB.Bson;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>A walk over a view of edges as stages of a pipeline on their collection.</summary>
/// <remarks>
/// A <c>$lookup</c> for each hop, not <c>$graphLookup</c>: that one follows every edge of a node, and has no way to say how many.
/// The server is MongoDB 5.0 or later.
/// </remarks>
internal static class ViewWalk
{
    private const string Id = RecordIds.Id;
    private const string Hops = "hops";
    private const string Weight = "weight";
    private const string Edge = "edge";

    /// <summary>The nodes as documents of <see cref="Reached"/>, in the order of <see cref="GraphSnapshot.Nodes"/>.</summary>
    public static BsonArray Of(string collection, ViewGraph graph, GraphQuery query) =>
    [
        .. ReachedIn(query.Hops, collection, graph, query),
        Stage("$sort", new BsonDocument { { Weight, -1 }, { Hops, 1 }, { Id, 1 } }),
        Stage("$limit", query.Limit),

        // In the form in which a document of a view is stored.
        Stage("$replaceWith", new BsonDocument
        {
            { Id, "$_id" }, { StoredDocumentSerializer<Reached>.Position, 0L }, { Hops, "$hops" }, { Weight, "$weight" },
        }),
    ];

    /// <summary>The nodes that so many hops reach, in no order: those of one hop less, and what is one hop from them.</summary>
    /// <remarks>
    /// The former are asked for twice, since branches of a pipeline can't share a result: at three hops, some edges are read
    /// three times. The other way would be one round trip for each hop.
    /// </remarks>
    private static BsonArray ReachedIn(int hops, string collection, ViewGraph graph, GraphQuery query) => hops == 1
        ?
        [
            Stage("$match", new BsonDocument(graph.From, query.Start)),
            .. Strongest(graph, query),
            Stage("$match", new BsonDocument(Edge, new BsonDocument("$ne", query.Start))),

            // Two documents may be edges between the same nodes.
            Stage("$group", Node("$edge", new BsonDocument("$max", 1), new BsonDocument("$max", "$weight"))),
        ]
        :
        [
            .. ReachedIn(hops - 1, collection, graph, query),
            ViewReading.Union(
                collection, [.. ReachedIn(hops - 1, collection, graph, query), .. OneFurther(hops, collection, graph, query)]),
            Stage("$sort", new BsonDocument { { Hops, 1 }, { Weight, -1 } }),
            Stage("$group", Node("$_id", new BsonDocument("$first", "$hops"), new BsonDocument("$first", "$weight"))),
        ];

    /// <summary>
    /// From the nodes that were reached so far to those that are one hop further; among them may be some that were reached before.
    /// </summary>
    private static BsonArray OneFurther(int hops, string collection, ViewGraph graph, GraphQuery query) =>
    [
        Stage("$match", new BsonDocument(Hops, hops - 1)),
        Stage("$sort", new BsonDocument { { Weight, -1 }, { Id, 1 } }),
        Stage("$limit", query.NodesPerHop),
        Stage("$lookup", new BsonDocument
        {
            { "from", collection }, { "localField", Id }, { "foreignField", graph.From }, { "pipeline", Strongest(graph, query) },
            { "as", Edge },
        }),
        Stage("$unwind", "$edge"),
        Stage("$match", new BsonDocument("edge.edge", new BsonDocument("$ne", query.Start))),
        Stage("$project", Node(
            "$edge.edge", new BsonDocument("$literal", hops), new BsonDocument("$min", new BsonArray { "$weight", "$edge.weight" }))),
    ];

    /// <summary>Of the edges of one node those that are followed: where to (<c>edge</c>) and their weight.</summary>
    private static BsonArray Strongest(ViewGraph graph, GraphQuery query) =>
    [
        Stage(
            "$match", new BsonDocument { { graph.Weight, new BsonDocument("$gt", 0) }, { graph.To, new BsonDocument("$type", "string") } }),
        Stage("$sort", new BsonDocument { { graph.Weight, -1 }, { graph.To, 1 } }),
        Stage("$limit", query.EdgesPerNode),
        Stage("$project", new BsonDocument { { Id, 0 }, { Edge, "$" + graph.To }, { Weight, "$" + graph.Weight } }),
    ];

    private static BsonDocument Stage(string name, BsonValue value) => new(name, value);

    private static BsonDocument Node(BsonValue id, BsonValue hops, BsonValue weight)
        => new() { { Id, id }, { Hops, hops }, { Weight, weight } };

    internal sealed record Reached(int Hops, long Weight);
}
