namespace Orderly.Api.Commands;

/// <summary>What an accepted command answers that makes a secret.</summary>
/// <param name="Id">The API key's id.</param>
/// <param name="Revision">The revision of its stream after the command.</param>
/// <param name="Position">The position in the log: a token for <c>Min-Log-Position</c>.</param>
/// <param name="Key">The key with its secret, told only this once. Not there when the command took effect before.</param>
internal sealed record ApiKeyAnswer(string Id, long Revision, string Position, string? Key);
