using MediatR;
using Orderly.Access;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.ReadModels.ApiKeys;

/// <summary>API keys in the order of their ids, a page at a time, the revoked ones among them.</summary>
/// <param name="Limit">The most keys to return, at least 1.</param>
/// <param name="AfterId">Only those after this one; null: from the first.</param>
public sealed record FindApiKeys(int Limit, string? AfterId) : Query<Page<ApiKeyDocument>>(ApiKeyDocument.View)
{
    public override bool IsAllowedTo(Caller caller) => caller.Has(Scopes.KeysRead);
}

public sealed class FindApiKeysHandler(IViewReader store) : IRequestHandler<FindApiKeys, ViewAnswer<Page<ApiKeyDocument>>>
{
    public async Task<ViewAnswer<Page<ApiKeyDocument>>> Handle(FindApiKeys request, CancellationToken cancellationToken)
    {
        // One more than asked for tells whether there is a next page.
        var query = new ViewQuery([], request.Limit + 1, request.AfterId);
        var found = await store.QueryAsync(ApiKeyDocument.View, query, cancellationToken).ConfigureAwait(false);
        var items = found.Documents.Take(request.Limit).Select(document => document.Value).ToList();
        var next = found.Documents.Count > request.Limit ? items[^1].KeyId : null;
        return new ViewAnswer<Page<ApiKeyDocument>>(new Page<ApiKeyDocument>(items, next), found.Position);
    }
}
