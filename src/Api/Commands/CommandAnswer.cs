namespace Orderly.Api.Commands;

/// <summary>What an accepted command answers.</summary>
/// <param name="Id">The id of the customer, product, order or payment.</param>
/// <param name="Revision">The revision of its stream after the command.</param>
/// <param name="Position">The position in the log: a token for <c>Min-Log-Position</c>.</param>
internal sealed record CommandAnswer(string Id, long Revision, string Position);
