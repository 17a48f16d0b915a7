using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Orderly.Api.OpenApi;

/// <summary>Says of each property of a body whether it is always there, whether it can be null, and which values it can have.</summary>
/// <remarks>
/// In a request, <c>[Required]</c> says what must be given; the rest may be left out or null. In an answer, the type says what can be
/// null, and the JSON's options whether it is left out then.
/// </remarks>
internal sealed class SchemaDocFilter : ISchemaFilter
{
    private readonly NullabilityInfoContext _nullability = new();

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (context.MemberInfo is not null || schema is not OpenApiSchema { Properties: { Count: > 0 } properties } described)
        {
            return;
        }

        if (BodyJson.OfRequest(context.Type) is null)
        {
            DescribeAnswer(described, context.Type);
        }

        foreach (var (name, property) in properties.ToList())
        {
            if (Enumeration.Of(context.Type, name) is { } enumeration)
            {
                var isNullable = property.Type?.HasFlag(JsonSchemaType.Null) == true;
                properties[name] = ReferTo(enumeration, context.SchemaRepository);
                SetNullable(properties, name, isNullable);
            }
            else if (property is OpenApiSchemaReference && described.Required?.Contains(name) != true)
            {
                SetNullable(properties, name, true);
            }
        }
    }

    /// <summary>A reference to the enumeration's schema, which is added when it is not there yet.</summary>
    public static OpenApiSchemaReference ReferTo(Enumeration enumeration, SchemaRepository schemas)
    {
        if (!schemas.Schemas.ContainsKey(enumeration.Name))
        {
            schemas.AddDefinition(enumeration.Name, new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = enumeration.Description,
                Enum = [.. enumeration.Values.Select(value => JsonValue.Create(value))],
            });
        }

        return new OpenApiSchemaReference(enumeration.Name);
    }

    private void DescribeAnswer(OpenApiSchema schema, Type type)
    {
        // What is added to an answer later must not break a client that checks it against this document.
        schema.AdditionalPropertiesAllowed = true;
        schema.Required = new SortedSet<string>(StringComparer.Ordinal);
        var json = BodyJson.OfAnswer(type)!;
        foreach (var property in json.Properties.Where(property => schema.Properties!.ContainsKey(property.Name)))
        {
            var nullability = _nullability.Create((PropertyInfo)property.AttributeProvider!);
            var isNullable = nullability.ReadState == NullabilityState.Nullable;
            var isLeftOut = isNullable && IsLeftOutWhenNull(property);
            if (!isLeftOut)
            {
                schema.Required.Add(property.Name);
            }

            SetNullable(schema.Properties!, property.Name, isNullable && !isLeftOut);
            if (schema.Properties![property.Name] is OpenApiSchema { Items: OpenApiSchema items } && ItemOf(nullability) is { } item)
            {
                SetNullable(items, item.ReadState == NullabilityState.Nullable);
            }
        }
    }

    private static bool IsLeftOutWhenNull(JsonPropertyInfo property)
        => property.Options.DefaultIgnoreCondition == JsonIgnoreCondition.WhenWritingNull
            || property.AttributeProvider!.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: false)
                .Any(one => one is JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingNull });

    private static NullabilityInfo? ItemOf(NullabilityInfo list)
        => list.Type.IsAssignableTo(typeof(IEnumerable)) && list.GenericTypeArguments is [var item] ? item : null;

    private static void SetNullable(IDictionary<string, IOpenApiSchema> properties, string name, bool isNullable)
    {
        if (properties[name] is OpenApiSchema schema)
        {
            SetNullable(schema, isNullable);
        }
        else if (isNullable)
        {
            // OpenAPI 3.0 ignores what stands beside a reference, and has no type that is null alone.
            var nothing = new OpenApiSchema { Type = JsonSchemaType.Object | JsonSchemaType.Null, Enum = [JsonNullSentinel.JsonNull] };
            properties[name] = new OpenApiSchema { OneOf = [properties[name], nothing] };
        }
    }

    /// <summary>A schema without a type is of any JSON, null included.</summary>
    private static void SetNullable(OpenApiSchema schema, bool isNullable)
    {
        if (schema.Type is { } type)
        {
            schema.Type = isNullable ? type | JsonSchemaType.Null : type & ~JsonSchemaType.Null;
        }
    }
}
