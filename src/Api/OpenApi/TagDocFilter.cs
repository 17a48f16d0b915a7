using Microsoft.OpenApi;
using Orderly.Api.Resources;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>Says what each group of operations is about.</summary>
internal sealed class TagDocFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var used = swaggerDoc.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Tags!)
            .Select(tag => tag.Name!)
            .ToHashSet(StringComparer.Ordinal);

        // The page shows them in this order. Those that share a name are one group.
        swaggerDoc.Tags = new HashSet<OpenApiTag>(
            ResourceMap.All.Select(resource => resource.Doc).Where(doc => used.Contains(doc.Name)).GroupBy(doc => doc.Name)
                .Select(docs => new OpenApiTag { Name = docs.Key, Description = string.Join(' ', docs.Select(doc => doc.Description)) }));
    }
}
