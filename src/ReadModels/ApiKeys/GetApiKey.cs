using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.ApiKeys;

/// <summary>One API key.</summary>
public sealed record GetApiKey(string KeyId) : Query<ApiKeyDocument>(ApiKeyDocument.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.KeysRead);
}

public sealed class GetApiKeyHandler(IViewReader store) : IRequestHandler<GetApiKey, ViewAnswer<ApiKeyDocument>>
{
    public async Task<ViewAnswer<ApiKeyDocument>> Handle(GetApiKey request, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(ApiKeyDocument.View, [request.KeyId], cancellationToken).ConfigureAwait(false);
        return new ViewAnswer<ApiKeyDocument>(found.Documents is [var key] ? key.Value : null, found.Position);
    }
}
