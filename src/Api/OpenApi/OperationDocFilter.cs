using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;
using Orderly.Api.Access;
using Orderly.Api.Problems;
using Orderly.Api.Resources;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>Writes what an endpoint's <see cref="OperationDoc"/> says into its operation.</summary>
internal sealed class OperationDocFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var doc = metadata.OfType<OperationDoc>().Single();
        operation.Summary = doc.Summary;
        var needs = metadata.OfType<Needs>().SingleOrDefault();
        operation.Description = needs is null ? doc.Description : $"{doc.Description} {needs.Sentence}";
        operation.OperationId = metadata.OfType<IEndpointNameMetadata>().Last().EndpointName;
        operation.Parameters =
        [
            .. PathParameters(context.ApiDescription.RelativePath!, metadata.OfType<ResourceDoc>().Single()),
            .. doc.Parameters.Select(parameter => Describe(parameter, context.SchemaRepository)),
        ];
        operation.RequestBody = doc.Body is { } body ? Describe(body, context) : null;

        // Of several, one is enough. A service that is open asks for none of them; an operation for everybody says so by an empty list.
        operation.Security = needs is null ? []
            : [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OpenApiSetup.Bearer, context.Document)] = [] }];
        if (needs is { All.Count: > 0 })
        {
            operation.AddExtension(
                OpenApiSetup.Scopes, new JsonNodeExtension(new JsonArray([.. needs.All.Select(scope => JsonValue.Create(scope))])));
        }

        operation.Responses = [];
        foreach (var response in doc.Success)
        {
            operation.Responses.Add(Key(response.Status), Describe(response, context));
        }

        foreach (var problems in doc.Problems.GroupBy(problem => problem.Status).OrderBy(group => group.Key))
        {
            operation.Responses.Add(
                Key(problems.Key), Describe([.. problems], doc.Parameters.Contains(ParameterDoc.MinLogPosition), context));
        }
    }

    /// <param name="path">As the route says it, with constraints such as <c>{id:entity-id}</c>.</param>
    private static IEnumerable<IOpenApiParameter> PathParameters(string path, ResourceDoc resource)
        => RoutePatternFactory.Parse(path).Parameters.Select(one => Describe(resource.Parameters.Single(known => known.Name == one.Name)));

    private static OpenApiParameter Describe(PathParameterDoc parameter) => new()
    {
        Name = parameter.Name,
        In = ParameterLocation.Path,
        Required = true,
        Description = parameter.Description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = parameter.Pattern },
        Example = parameter.Example,
    };

    /// <summary>An example of what may be left out is told and not given: the page would fill it in, and send it.</summary>
    private static OpenApiParameter Describe(ParameterDoc parameter, SchemaRepository schemas) => new()
    {
        Name = parameter.Name,
        In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
        Required = parameter.IsRequired,
        Description = parameter.IsRequired || parameter.Values is not null
            ? parameter.Description
            : $"{parameter.Description} For example: `{parameter.Example}`.",
        Schema = parameter.Kind switch
        {
            _ when parameter.Values is { } values => SchemaDocFilter.ReferTo(values, schemas),
            JsonKind.Number => new OpenApiSchema { Type = JsonSchemaType.Number, Format = OpenApiSetup.AmountFormat },
            JsonKind.Integer => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
            JsonKind.Timestamp => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            _ => new OpenApiSchema { Type = JsonSchemaType.String },
        },
        Example = parameter switch
        {
            { IsRequired: false } => null,
            { Kind: JsonKind.Integer } => long.Parse(parameter.Example, CultureInfo.InvariantCulture),
            { Kind: JsonKind.Number } => decimal.Parse(parameter.Example, CultureInfo.InvariantCulture),
            _ => parameter.Example,
        },
    };

    private static OpenApiRequestBody Describe(BodyDoc body, OperationFilterContext context) => new()
    {
        Required = body.IsRequired,
        Content = Json(body.Type, context, JsonNode.Parse(body.Example)),
    };

    private static OpenApiResponse Describe(ResponseDoc response, OperationFilterContext context) => new()
    {
        Description = response.Description,
        Headers = Describe(response.Headers),
        Content = response.Type is null ? null : Json(response.Type, context, JsonNode.Parse(response.Example!)),
    };

    /// <summary>All problems of one status, each with an example.</summary>
    private static OpenApiResponse Describe(IReadOnlyList<ProblemType> problems, bool ofView, OperationFilterContext context)
    {
        var content = new OpenApiMediaType
        {
            Schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemBody), context.SchemaRepository),
            Examples = problems.ToDictionary(problem => problem.Name, IOpenApiExample (problem) => ReferTo(problem, context.Document)),
        };
        return new OpenApiResponse
        {
            Description = string.Join(' ', problems.Select(problem => $"`{problem.Type}`: {problem.Title}")),
            Headers = Describe(ProblemExamples.HeadersOf(problems[0].Status, ofView)),
            Content = new Dictionary<string, IOpenApiMediaType> { [Problem.ContentType] = content },
        };
    }

    /// <summary>A reference to the problem's example, which is added when it is not there yet.</summary>
    private static OpenApiExampleReference ReferTo(ProblemType problem, OpenApiDocument document)
    {
        document.AddComponent(problem.Name, new OpenApiExample { Summary = problem.Title, Value = ProblemExamples.Of(problem) });
        return new OpenApiExampleReference(problem.Name, document);
    }

    private static Dictionary<string, IOpenApiHeader>? Describe(IReadOnlyList<HeaderDoc> headers)
        => headers.Count == 0 ? null : headers.ToDictionary(header => header.Name, IOpenApiHeader (header) => new OpenApiHeader
        {
            Description = header.Description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = header.Example,
        });

    private static Dictionary<string, IOpenApiMediaType> Json(Type type, OperationFilterContext context, JsonNode? example) => new()
    {
        ["application/json"]
            = new OpenApiMediaType { Schema = context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository), Example = example },
    };

    private static string Key(int status) => status.ToString(CultureInfo.InvariantCulture);
}
