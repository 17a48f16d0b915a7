namespace Orderly.ReadModels;

/// <summary>A page of a longer list.</summary>
/// <param name="NextAfter">The id after which the next page starts; null on the last one.</param>
public sealed record Page<TDocument>(IReadOnlyList<TDocument> Items, string? NextAfter);
