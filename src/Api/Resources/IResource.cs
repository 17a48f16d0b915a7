using Orderly.Api.Access;
using Orderly.Api.OpenApi;
using Orderly.Domain;

namespace Orderly.Api.Resources;

/// <summary>The operations on one kind of thing. Each is found by itself; a constructor without parameters is all that it needs.</summary>
internal interface IResource
{
    /// <summary>What the OpenAPI document says about it.</summary>
    ResourceDoc Doc { get; }

    /// <summary>The path that its own begin with.</summary>
    string Root => "/v1";

    /// <param name="routes">Below <see cref="Root"/>.</param>
    void Map(IEndpointRouteBuilder routes);
}

/// <summary>What the OpenAPI document says about a resource: a tag, and the parameters in its paths.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Parameters">By the names that the routes give them.</param>
internal sealed record ResourceDoc(string Name, string Description, params IReadOnlyList<PathParameterDoc> Parameters)
{
    /// <summary>The page shows resources in the order of their places, and then of their names.</summary>
    public int Place { get; init; } = 50;
}

/// <summary>A parameter in a path.</summary>
/// <param name="Pattern">A regular expression.</param>
internal sealed record PathParameterDoc(string Name, string Description, string Pattern, string Example)
{
    public static PathParameterDoc Id(string what, string example, string name = "id")
        => new(name, $"{what}: 1 to 64 lower-case letters, digits, '-' or '_'.", "^[a-z0-9_-]{1,64}$", example);
}

internal static class ResourceMap
{
    /// <summary>Those of this program, in the order of their places.</summary>
    public static IReadOnlyList<IResource> All { get; } =
    [
        .. typeof(IResource).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IResource)))
            .Select(type => (IResource)Activator.CreateInstance(type)!)
            .OrderBy(resource => resource.Doc.Place).ThenBy(resource => resource.Doc.Name, StringComparer.Ordinal),
    ];

    /// <exception cref="IncompleteException">An operation lacks something that its document needs.</exception>
    public static void MapResources(this WebApplication app)
    {
        foreach (var resource in All)
        {
            resource.Map(app.MapGroup(resource.Root).WithTags(resource.Doc.Name).WithMetadata(resource.Doc));
        }

        foreach (var endpoint in ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<ResourceDoc>() is { } resource && MissingIn(endpoint, resource) is { } missing)
            {
                throw new IncompleteException($"{endpoint.DisplayName}: {missing}");
            }
        }
    }

    private static string? MissingIn(RouteEndpoint endpoint, ResourceDoc resource)
    {
        if (endpoint.Metadata.GetMetadata<OperationDoc>() is not { } operation)
        {
            return $"the operation is not documented. Add one of {nameof(EndpointDocs)}, such as {nameof(EndpointDocs.Creates)}.";
        }

        if (endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is null)
        {
            return "the operation has no id, after which clients name their methods. Add one by WithName.";
        }

        if (endpoint.Metadata.GetMetadata<Needs>() is null && endpoint.Metadata.GetMetadata<NobodyNeeded>() is null)
        {
            return $"the operation does not say who may do it. Add one of {nameof(NeedsMetadata)}, such as {nameof(NeedsMetadata.Needs)}.";
        }

        if (endpoint.RoutePattern.Parameters.FirstOrDefault(one => resource.Parameters.All(known => known.Name != one.Name)) is { } unknown)
        {
            return $"the path's '{unknown.Name}' is not documented. Add it to the parameters of the resource '{resource.Name}'.";
        }

        if (operation.Body is { Type: var body } && BodyJson.OfRequest(body) is null)
        {
            return $"{body.Name} has no JSON. Add it to a JsonSerializerContext that is an {nameof(IRequestJson)}.";
        }

        return operation.Success.FirstOrDefault(one => one.Type is not null && BodyJson.OfAnswer(one.Type) is null) is { Type: { } answer }
            ? $"{answer.Name} has no JSON. Add it to a JsonSerializerContext of the API or of the read models."
            : null;
    }
}
