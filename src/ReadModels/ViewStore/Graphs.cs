namespace Orderly.ReadModels.ViewStore;

/// <summary>The declared fields that make each document of a view an edge of a directed graph.</summary>
/// <param name="From">The id of the node that the edge leaves: a string.</param>
/// <param name="To">The id of the node that it leads to: a string.</param>
/// <param name="Weight">
/// How strong it is: a <see cref="long"/>. A document without one of the three, or with a weight below 1, is no edge.
/// </param>
public sealed record ViewGraph(string From, string To, string Weight)
{
    /// <summary>The three names. A store indexes them together, in the order in which a walk reads them, and not each by itself.</summary>
    public IReadOnlyList<string> FieldNames => [From, To, Weight];
}

/// <summary>
/// Which nodes to look for: those that a walk along the edges of a view reaches. It goes hop by hop; a node counts where it is
/// reached first, and the start is never reached.
/// </summary>
/// <param name="Start">The id of the node to start from; one without edges reaches none.</param>
/// <param name="Hops">How many edges a way has at most: 1 to <see cref="MaxHops"/>.</param>
/// <param name="Limit">The most nodes to return, at least 1.</param>
/// <remarks>
/// <para>
/// A way is as strong as its weakest edge, and a node has the weight of the strongest way, among those with the fewest hops, that
/// reaches it.
/// </para>
/// <para>
/// The walk follows <c>EdgesPerNode · (1 + (Hops - 1) · NodesPerHop)</c> edges at most, however large the graph is. As long as the
/// bounds stay the same, a longer walk reaches what a shorter one does, in the same way, and more.
/// </para>
/// </remarks>
public sealed record GraphQuery(string Start, int Hops, int Limit)
{
    public const int MaxHops = 3;

    /// <summary>
    /// The strongest so many edges of each node are followed, among equals those to the first ids (ordinal); at least 1. It is as if there
    /// were no others.
    /// </summary>
    public int EdgesPerNode { get; init; } = 200;

    /// <summary>
    /// From the strongest so many nodes of each hop the walk goes on, among equals from the first ids (ordinal); at least 1.
    /// </summary>
    public int NodesPerHop { get; init; } = 50;

    /// <summary>The fields of the view's edges.</summary>
    /// <exception cref="ArgumentException">The view's documents are not edges, or a value is out of its range.</exception>
    public ViewGraph GraphOf(View view)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Hops, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Hops, MaxHops);
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(EdgesPerNode, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(NodesPerHop, 1);
        return view.Graph
            ?? throw new ArgumentException($"The documents of the view '{view.Name}' are not edges of a graph.", nameof(view));
    }
}

/// <summary>A node that a walk reached.</summary>
/// <param name="Hops">The fewest edges that lead to it: from 1.</param>
/// <param name="Weight">The weight of the weakest edge on the strongest way with that many edges.</param>
public sealed record GraphNode(string Id, int Hops, long Weight);

/// <summary>What a walk reached, at one instant.</summary>
/// <param name="Nodes">By weight, the greatest first; then by hops, the fewest first; then by id (ordinal).</param>
/// <param name="Position">How far the view was, as in <see cref="ViewSnapshot{TDocument}"/>.</param>
public sealed record GraphSnapshot(IReadOnlyList<GraphNode> Nodes, long Position);
