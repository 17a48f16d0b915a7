using MediatR;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>How fresh a view must be for a query (read your own writes).</summary>
/// <param name="MinPosition">The view must hold all events up to this log position; 0: as it is.</param>
/// <param name="Wait">How long to wait for that at most.</param>
public readonly record struct Freshness(long MinPosition, TimeSpan Wait);

/// <summary>A question to one or more views.</summary>
/// <typeparam name="TAnswer">What it asks for.</typeparam>
public abstract record Query<TAnswer> : IRequest<ViewAnswer<TAnswer>>
    where TAnswer : class
{
    public Freshness Freshness { get; init; }

    /// <summary>The views that it reads.</summary>
    public abstract IReadOnlyList<View> Views { get; }
}

/// <summary>The answer of a view.</summary>
/// <param name="Value">What was asked for; null when there is none, or the view is behind.</param>
/// <param name="Position">How far the view was; with several, the one that is least far.</param>
/// <param name="IsBehind">The view did not reach the position that was asked for in time.</param>
public sealed record ViewAnswer<TAnswer>(TAnswer? Value, long Position, bool IsBehind = false)
    where TAnswer : class;

/// <summary>Makes every query wait until its views are as fresh as it asks.</summary>
public sealed class FreshnessBehavior<TQuery, TAnswer>(ViewProgress progress, TimeProvider time) : IPipelineBehavior<TQuery, ViewAnswer<TAnswer>>
    where TQuery : Query<TAnswer>
    where TAnswer : class
{
    public async Task<ViewAnswer<TAnswer>> Handle(
        TQuery request, CancellationToken cancellationToken, RequestHandlerDelegate<ViewAnswer<TAnswer>> next)
    {
        var (minPosition, wait) = request.Freshness;
        var started = time.GetTimestamp();
        foreach (var view in minPosition > 0 ? request.Views : [])
        {
            if (!await progress.WaitAsync(view.Name, minPosition, wait - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false))
            {
                return new ViewAnswer<TAnswer>(null, request.Views.Min(one => progress.PositionOf(one.Name)), IsBehind: true);
            }
        }

        return await next().ConfigureAwait(false);
    }
}
