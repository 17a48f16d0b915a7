using MediatR;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>How fresh a view must be for a query (read your own writes).</summary>
/// <param name="MinPosition">The view must hold all events up to this log position; 0: as it is.</param>
/// <param name="Wait">How long to wait for that at most.</param>
/// <param name="Started">When the wait began, as a timestamp of the clock; 0: it has not.</param>
public readonly record struct Freshness(long MinPosition, TimeSpan Wait, long Started = 0)
{
    /// <summary>How much of the wait is left.</summary>
    public TimeSpan Left(TimeProvider time) => Started == 0 ? Wait : Wait - time.GetElapsedTime(Started);
}

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
        var freshness = request.Freshness;
        freshness = freshness.Started == 0 ? freshness with { Started = time.GetTimestamp() } : freshness;
        foreach (var view in freshness.MinPosition > 0 ? request.Views : [])
        {
            if (!await progress.WaitAsync(view.Name, freshness.MinPosition, freshness.Left(time), cancellationToken).ConfigureAwait(false))
            {
                return new ViewAnswer<TAnswer>(null, request.Views.Min(one => progress.PositionOf(one.Name)), IsBehind: true);
            }
        }

        return await next().ConfigureAwait(false);
    }
}
