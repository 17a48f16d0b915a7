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
        // The page shows them in this order.
        swaggerDoc.Tags = new HashSet<OpenApiTag>(
            ResourceMap.All.Where(resource => used.Contains(resource.Doc.Name))
                .Select(resource => new OpenApiTag { Name = resource.Doc.Name, Description = resource.Doc.Description }));
    }
}
