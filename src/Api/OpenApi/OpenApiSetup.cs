using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using Orderly.ReadModels;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>The OpenAPI document at <c>/swagger/v1/swagger.json</c> and its page at <c>/swagger</c>.</summary>
internal static class OpenApiSetup
{
    /// <summary>Of amounts: their decimals are exact, which a double's are not.</summary>
    public const string AmountFormat = "decimal";

    /// <summary>The name of the security scheme.</summary>
    public const string Bearer = "bearer";

    /// <summary>The extension that lists scopes of which an operation needs one.</summary>
    public const string Scopes = "x-scopes";

    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSingleton<ISerializerDataContractResolver>(
            new JsonSerializerDataContractResolver(new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                TypeInfoResolver = JsonTypeInfoResolver.Combine([.. BodyJson.All]),
            }));
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "Orderly",
                Version = "v1",
                Description = $"{DomainDoc.About} Commands append to an event log; queries read views of it.\n\n{DomainDoc.Examples}\n\n"
                    + "A condition (If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range) that an operation does not "
                    + "list is refused with 400 `/problems/malformed-header`, and never ignored.",
                License = new OpenApiLicense { Name = "Apache-2.0", Url = new Uri("https://www.apache.org/licenses/LICENSE-2.0") },
                Contact = new OpenApiContact { Name = "The operator of this service" },
            });
            options.AddServer(new OpenApiServer { Url = "/", Description = "The service that this document comes from." });
            options.AddSecurityDefinition(Bearer, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An access token of an issuer that the service trusts, or an API key (`ok_…`). A service that is open asks "
                    + "for neither. Of the scopes that an operation lists in `x-scopes`, one is enough.",
            });
            options.OperationFilter<OperationDocFilter>();
            options.SchemaFilter<SchemaDocFilter>();
            options.DocumentFilter<TagDocFilter>();

            // HEAD is what GET is, without the body.
            options.DocInclusionPredicate((_, api) => api.HttpMethod != HttpMethods.Head);
            options.SupportNonNullableReferenceTypes();
            options.MapType<decimal>(() => new OpenApiSchema { Type = JsonSchemaType.Number, Format = AmountFormat });
            foreach (var assembly in new[] { typeof(OpenApiSetup).Assembly, typeof(ReadModelsJson).Assembly })
            {
                var comments = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
                if (File.Exists(comments))
                {
                    options.IncludeXmlComments(comments);
                }
            }
        });
    }

    public static void UseOpenApi(this WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(options =>
        {
            options.DocumentTitle = "Orderly: try the HTTP interface";
            options.SwaggerEndpoint("v1/swagger.json", "Orderly v1");
        });
        app.MapGet("/", () => TypedResults.LocalRedirect("~/swagger")).ExcludeFromDescription();
    }
}
