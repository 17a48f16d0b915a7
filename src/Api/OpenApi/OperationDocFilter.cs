using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Orderly.Api.Problems;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>Writes what an endpoint's <see cref="OperationDoc"/> says into its operation.</summary>
internal sealed class OperationDocFilter : IOperationFilter
{
    private static readonly Dictionary<string, (string Description, string Example)> s_pathParameters = new(StringComparer.Ordinal)
    {
        ["id"] = ("The id: 1 to 64 lower-case letters, digits, '-' or '_'.", "o-1"),
        ["sku"] = ("The SKU: 1 to 64 upper-case letters, digits or '-'.", "TEA-1"),
        ["projection"] = ("The view's name: 1 to 64 lower-case letters, digits or '-'.", "order-details"),
        ["position"] = ("The event's position in the log.", "1041"),
        ["stream"] = ("The stream's name: customer, product, order, checks, emails or payment, '-' and the id.", "product-TEA-1"),
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<OperationDoc>().SingleOrDefault() is not { } doc)
        {
            throw new InvalidOperationException(
                $"{context.ApiDescription.HttpMethod} {context.ApiDescription.RelativePath} is not documented.");
        }

        operation.Summary = doc.Summary;
        operation.Description = doc.Description;
        operation.OperationId = null;
        operation.Parameters = [.. PathParameters(context.ApiDescription.RelativePath!), .. doc.Parameters.Select(Describe)];
        operation.RequestBody = doc.Body is { } body ? Describe(body, context) : null;
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

    private static IEnumerable<IOpenApiParameter> PathParameters(string path)
        => s_pathParameters.Where(parameter => path.Contains($"{{{parameter.Key}}}", StringComparison.Ordinal)).Select(
            parameter => new OpenApiParameter
            {
                Name = parameter.Key,
                In = ParameterLocation.Path,
                Required = true,
                Description = parameter.Value.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = parameter.Value.Example,
            });

    private static OpenApiParameter Describe(ParameterDoc parameter) => new()
    {
        Name = parameter.Name,
        In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
        Required = parameter.IsRequired,
        Description = parameter.Description,
        Schema = parameter.Kind switch
        {
            _ when parameter.Values is { } values
                => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. values.Select(value => JsonValue.Create(value))] },
            JsonKind.Number => new OpenApiSchema { Type = JsonSchemaType.Number },
            JsonKind.Integer => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
            JsonKind.Timestamp => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            _ => new OpenApiSchema { Type = JsonSchemaType.String },
        },
        Example = parameter.Kind switch
        {
            JsonKind.Integer => long.Parse(parameter.Example, CultureInfo.InvariantCulture),
            JsonKind.Number => decimal.Parse(parameter.Example, CultureInfo.InvariantCulture),
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
            Examples = problems.ToDictionary(
                problem => problem.Name,
                IOpenApiExample (problem) => new OpenApiExample { Summary = problem.Title, Value = ProblemExamples.Of(problem) }),
        };
        return new OpenApiResponse
        {
            Description = string.Join(' ', problems.Select(problem => $"`{problem.Type}`: {problem.Title}")),
            Headers = Describe(ProblemExamples.HeadersOf(problems[0].Status, ofView)),
            Content = new Dictionary<string, IOpenApiMediaType> { [Problem.ContentType] = content },
        };
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
