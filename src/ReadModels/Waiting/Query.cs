using MediatR;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>A question to one or more views.</summary>
/// <typeparam name="TAnswer">What it asks for.</typeparam>
/// <param name="Views">The views that it reads.</param>
public abstract record Query<TAnswer>(params IReadOnlyList<View> Views) : IRequest<ViewAnswer<TAnswer>>
    where TAnswer : class
{
    public Freshness Freshness { get; init; }
}
