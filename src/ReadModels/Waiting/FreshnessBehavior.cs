using MediatR;

namespace Orderly.ReadModels.Waiting;

/// <summary>Makes every query wait until its views are as fresh as it asks, and answers none from a view of another log.</summary>
public sealed class FreshnessBehavior<TQuery, TAnswer>(ViewProgress progress, IViewOrigins origins, TimeProvider time)
    : IPipelineBehavior<TQuery, ViewAnswer<TAnswer>>
    where TQuery : Query<TAnswer>
    where TAnswer : class
{
    public async Task<ViewAnswer<TAnswer>> Handle(
        TQuery request, CancellationToken cancellationToken, RequestHandlerDelegate<ViewAnswer<TAnswer>> next)
    {
        var freshness = request.Freshness;
        freshness = freshness.Started == 0 ? freshness with { Started = time.GetTimestamp() } : freshness;
        foreach (var view in request.Views)
        {
            var isAsked = freshness.MinPosition > 0 || freshness.IsAsked;
            if (await origins.FindFaultAsync(view.Name, isAsked, cancellationToken).ConfigureAwait(false) is not null)
            {
                return new ViewAnswer<TAnswer>(null, progress.PositionOf(view.Name)) { IsOfOtherLog = true };
            }
        }

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
