namespace Orderly.Api.Queries;

/// <summary>A page of a list that clients walk through by cursor.</summary>
internal interface IPage
{
    /// <summary>For the parameter <c>cursor</c> of the next page; null on the last one.</summary>
    string? NextCursor { get; }
}
