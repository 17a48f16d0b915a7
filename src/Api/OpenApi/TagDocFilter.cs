using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>Says what each group of operations is about.</summary>
internal sealed class TagDocFilter : IDocumentFilter
{
    private static readonly Dictionary<string, string> s_tags = new(StringComparer.Ordinal)
    {
        ["Customers"] = "Who orders.",
        ["Products"] = "What is sold, and its stock.",
        ["Orders"] = "From placing to delivery or cancellation, with payments.",
        ["Payments"] = "What becomes of a payment.",
        ["Sales"] = "What was sold, over time.",
        ["History"] = "The events themselves, and an order as it was.",
        ["Projections"] = "How the views keep up with the log and, for operators, what could not be applied.",
        ["Health"] = "For load balancers and orchestrators.",
    };

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var used = swaggerDoc.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Tags!)
            .Select(tag => tag.Name!)
            .ToHashSet(StringComparer.Ordinal);
        if (used.FirstOrDefault(tag => !s_tags.ContainsKey(tag)) is { } unknown)
        {
            throw new InvalidOperationException($"The tag '{unknown}' is not documented.");
        }

        // The page shows them in this order.
        swaggerDoc.Tags = new HashSet<OpenApiTag>(
            s_tags.Where(tag => used.Contains(tag.Key)).Select(tag => new OpenApiTag { Name = tag.Key, Description = tag.Value }));
    }
}
