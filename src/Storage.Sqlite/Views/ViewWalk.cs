using System.Globalization;
using System.Text;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>A walk over a view of edges as SQL.</summary>
/// <remarks>
/// One common table expression for each hop, not a recursive one: what a hop adds depends on all that was reached before it, and
/// a recursive part sees one row at a time and can't group.
/// </remarks>
internal static class ViewWalk
{
    /// <summary>The nodes in the order of <see cref="GraphSnapshot.Nodes"/>.</summary>
    public static List<GraphNode> Run(Connection connection, View view, int number, ViewGraph graph, GraphQuery query)
    {
        var columns = ViewTable.ColumnsOf(connection, view.Name, number);
        var sql = Sql(ViewTable.NameOf(view.Name, number), ValueOf(graph.From), ValueOf(graph.To), ValueOf(graph.Weight), query.Hops);
        var rows = connection.Prepare(sql).Bind(1, query.Start).Bind(2, query.EdgesPerNode).Bind(3, query.NodesPerHop).Bind(4, query.Limit);
        List<GraphNode> nodes = [];
        while (rows.Step())
        {
            nodes.Add(new GraphNode(rows.Text(0), rows.Int(1), rows.Long(2)));
        }

        return nodes;

        string ValueOf(string field) => ViewTable.ValueOf(view.FieldOf(field), columns);
    }

    /// <summary>Parameters: ?1 the start, ?2 edges of a node, ?3 nodes of a hop, ?4 the limit. Columns: node, hops, weight.</summary>
    private static string Sql(string table, string from, string to, string weight, int hops)
    {
        // The start is reached with no hop, over a way that is stronger than any.
        var sql = new StringBuilder($"WITH reached0 (node, hops, weight) AS (VALUES (?1, 0, {long.MaxValue}))");
        for (var hop = 1; hop <= hops; hop++)
        {
            sql.Append(CultureInfo.InvariantCulture, $"""
                , reached{hop} (node, hops, weight) AS MATERIALIZED (
                    SELECT node, hops, weight FROM reached{hop - 1}
                    UNION ALL
                    SELECT {to}, {hop}, max(min(near.weight, {weight}))
                    FROM (SELECT node, weight FROM reached{hop - 1} WHERE hops = {hop - 1} ORDER BY weight DESC, node LIMIT ?3) near
                    CROSS JOIN {table} edge ON edge.rowid IN (
                        SELECT rowid FROM {table} WHERE {from} = near.node AND {weight} > 0 AND {to} IS NOT NULL
                        ORDER BY {weight} DESC, {to} LIMIT ?2)
                    WHERE {to} NOT IN (SELECT node FROM reached{hop - 1})
                    GROUP BY {to})
                """);
        }

        return sql
            .Append(
                CultureInfo.InvariantCulture,
                $" SELECT node, hops, weight FROM reached{hops} WHERE hops > 0 ORDER BY weight DESC, hops, node LIMIT ?4")
            .ToString();
    }
}
