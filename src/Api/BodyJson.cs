using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orderly.Api.Commands;
using Orderly.Domain;
using Orderly.ReadModels;

namespace Orderly.Api;

/// <summary>Marks a context as one of requests. It needs the options of <see cref="RequestJson"/>.</summary>
internal interface IRequestJson;

/// <summary>The JSON of all bodies: every context of the API and of the read models, found by itself.</summary>
internal static class BodyJson
{
    private static readonly Lazy<IReadOnlyList<JsonSerializerContext>> s_requests = new(() => [.. Find().Where(IsStrict)]);
    private static readonly Lazy<IReadOnlyList<JsonSerializerContext>> s_answers = new(() => [.. Find().Where(one => one is not IRequestJson)]);

    public static IEnumerable<JsonSerializerContext> All => s_requests.Value.Concat(s_answers.Value);

    /// <summary>How a request of this type is read; null: it is none.</summary>
    /// <exception cref="IncompleteException">A context of requests reads less strictly than the others.</exception>
    public static JsonTypeInfo? OfRequest(Type type) => Of(type, s_requests.Value);

    /// <summary>How an answer of this type is written; null: it is none.</summary>
    public static JsonTypeInfo? OfAnswer(Type type) => Of(type, s_answers.Value);

    private static JsonTypeInfo? Of(Type type, IEnumerable<JsonSerializerContext> contexts)
        => contexts.Select(context => context.GetTypeInfo(type)).FirstOrDefault(info => info is not null);

    private static IEnumerable<JsonSerializerContext> Find()
        => new[] { typeof(BodyJson).Assembly, typeof(ReadModelsJson).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (JsonSerializerContext)type.GetProperty(nameof(RequestJson.Default))!.GetValue(null)!);

    private static bool IsStrict(JsonSerializerContext context)
    {
        if (context is not IRequestJson)
        {
            return false;
        }

        var (options, model) = (context.Options, RequestJson.Default.Options);
        return options.UnmappedMemberHandling == model.UnmappedMemberHandling && options.NumberHandling == model.NumberHandling
            && options.AllowDuplicateProperties == model.AllowDuplicateProperties
            && options.PropertyNamingPolicy == model.PropertyNamingPolicy
            && options.PropertyNameCaseInsensitive == model.PropertyNameCaseInsensitive
            && model.Converters.All(needed => options.Converters.Any(one => one.GetType() == needed.GetType()))
            ? true
            : throw new IncompleteException($"{context.GetType().Name} reads requests otherwise than {nameof(RequestJson)}: give it its options.");
    }
}
