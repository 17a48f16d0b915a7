using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using Orderly.Api.Commands;
using Orderly.ReadModels;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>The OpenAPI document at <c>/swagger/v1/swagger.json</c> and its page at <c>/swagger</c>.</summary>
internal static class OpenApiSetup
{
    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSingleton<ISerializerDataContractResolver>(
            new JsonSerializerDataContractResolver(new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                TypeInfoResolver = JsonTypeInfoResolver.Combine(
                    RequestJson.Default, ApiJson.Default, PageJson.Default, ReadModelsJson.Default),
            }));
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "Orderly",
                Version = "v1",
                Description = "Customers, products and their stock, orders and payments. "
                    + "Commands append to an event log; queries read views of it. "
                    + "A condition (If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range) that an operation does not "
                    + "list is refused with 400 `/problems/malformed-header`, and never ignored.",
            });
            options.OperationFilter<OperationDocFilter>();

            // HEAD is what GET is, without the body.
            options.DocInclusionPredicate((_, api) => api.HttpMethod != HttpMethods.Head);
            options.SupportNonNullableReferenceTypes();
            options.MapType<decimal>(() => new OpenApiSchema { Type = JsonSchemaType.Number });
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

    public static void UseOpenApi(this IApplicationBuilder app)
    {
        app.UseSwagger();
        app.UseSwaggerUI();
    }
}
