using MediatR;

namespace Orderly.ReadModels.Waiting;

/// <summary>Answers no query to who may not ask it.</summary>
public sealed class AccessBehavior<TQuery, TAnswer> : IPipelineBehavior<TQuery, ViewAnswer<TAnswer>>
    where TQuery : Query<TAnswer>
    where TAnswer : class
{
    public Task<ViewAnswer<TAnswer>> Handle(
        TQuery request, CancellationToken cancellationToken, RequestHandlerDelegate<ViewAnswer<TAnswer>> next)
        => request.IsAllowedTo(request.Caller) ? next() : Task.FromResult(new ViewAnswer<TAnswer>(null, 0) { IsForbidden = true });
}
