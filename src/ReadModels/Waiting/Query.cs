using MediatR;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>A question to one or more views.</summary>
/// <typeparam name="TAnswer">What it asks for.</typeparam>
public abstract record Query<TAnswer> : IRequest<ViewAnswer<TAnswer>>
    where TAnswer : class
{
    public Freshness Freshness { get; init; }

    /// <summary>The views that it reads.</summary>
    public abstract IReadOnlyList<View> Views { get; }
}
