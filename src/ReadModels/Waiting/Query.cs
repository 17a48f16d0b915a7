using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Waiting;

/// <summary>A question to one or more views.</summary>
/// <typeparam name="TAnswer">What it asks for.</typeparam>
/// <param name="Views">The views that it reads.</param>
public abstract record Query<TAnswer>(params IReadOnlyList<View> Views) : IRequest<ViewAnswer<TAnswer>>
    where TAnswer : class
{
    private static readonly Caller s_program = Caller.Of("program");

    public Freshness Freshness { get; init; }

    /// <summary>Who asks; the program itself when it is left out.</summary>
    public Caller Caller { get; init; } = s_program;

    /// <summary>
    /// Whether the caller may ask this. Where it depends on whose the answer is, the handler leaves out what is another's, as if it were
    /// not there.
    /// </summary>
    public abstract bool IsAllowedTo(Caller caller);
}
