using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Commands;

/// <summary>Where a command with a client's idempotency key went: the document of the view <c>command-index</c>, by command id.</summary>
/// <param name="Stream">The stream that it appended to first.</param>
public sealed record CommandTrace(string Stream)
{
    public static View<CommandTrace> View { get; } = new("command-index", 1, ReadModelsJson.Default.CommandTrace);
}
