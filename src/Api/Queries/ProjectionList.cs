using Orderly.Subscriptions.Operating;

namespace Orderly.Api.Queries;

/// <param name="Items">What queries read; what is being built or kept beside it shows the command line.</param>
/// <param name="NextCursor">Always null: all projections fit on one page.</param>
internal sealed record ProjectionList(IReadOnlyList<ProjectionStatus> Items, string? NextCursor);

/// <param name="NextCursor">Always null: all parked events fit on one page.</param>
internal sealed record ParkedList(IReadOnlyList<ParkedItem> Items, string? NextCursor);

/// <summary>What was asked of the worker that keeps a view.</summary>
/// <param name="Projection">The view's name.</param>
/// <param name="Position">Which event.</param>
/// <param name="Action">retry or skip.</param>
/// <param name="Parked">In how many places it is parked.</param>
internal sealed record ParkedAsk(string Projection, string Position, string Action, int Parked);
