using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using MediatR;
using Orderly.Access;
using Orderly.Api.Access;
using Orderly.Api.Commands;
using Orderly.Api.OpenApi;
using Orderly.Api.Queries;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Deciding;
using Orderly.Domain.Validation;
using Orderly.ReadModels.ApiKeys;

namespace Orderly.Api.Resources;

/// <summary>API keys. A secret is made here and told in one answer; everything else sees its hash.</summary>
internal sealed class ApiKeys : IResource
{
    public ResourceDoc Doc => new("API keys", "What programs say who they are with.", PathParameterDoc.Id("The key's id", "robot"))
    {
        Place = 85,
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api-keys");

        keys.MapPost("", (CommandRequest<IssueApiKeyRequest> request)
                => SendAsync(request, (body, context, hash) => body.ToCommand(context, hash), makes: true))
            .WithName("issueApiKey")
            .Needs(Scopes.KeysWrite)
            .CreatesKey<IssueApiKeyRequest>("Issues an API key.", Examples.IssueApiKey, "/v1/api-keys/robot");

        keys.MapRead("", FindAsync)
            .WithName("findApiKeys")
            .Needs(Scopes.KeysRead)
            .ReadsPage<ApiKeyPage>("API keys in the order of their ids, without their secrets.", Examples.ApiKeyPage);

        keys.MapRead("/{id:entity-id}", (string id, ViewRequest request) => request.AnswerAsync(DocumentOf(id)))
            .WithName("getApiKey")
            .Needs(Scopes.KeysRead)
            .ReadsDocument<ApiKeyDocument>("One API key, without its secret.", Examples.ApiKey);

        keys.MapPost("/{id:entity-id}/rotation", (string id, CommandRequest<RotateApiKeyRequest> request)
                => SendAsync(request, (body, context, hash) => body.ToCommand(id, context, hash)))
            .WithName("rotateApiKey")
            .Needs(Scopes.KeysWrite)
            .ChangesKey<RotateApiKeyRequest>(
                "Gives an API key a new secret. The last one is accepted for a while still.", Examples.RotateApiKey);

        keys.MapDelete("/{id:entity-id}", (string id, CommandRequest<RevokeApiKeyRequest> request)
                => request.SendAsync((_, context) => new RevokeApiKey(id) { Context = context }, DocumentOf))
            .WithName("revokeApiKey")
            .Needs(Scopes.KeysWrite)
            .Changes<RevokeApiKeyRequest>("Revokes an API key for good.");
    }

    private static string AddressOf(string id) => $"/v1/api-keys/{id}";

    private static DocumentQuery<ApiKeyDocument> DocumentOf(string id)
        => new(AddressOf(id), new GetApiKey(id), ApiKeysJson.Default.ApiKeyDocument, key => EntityTags.Of(key.Revision));

    private static async Task<IResult> FindAsync(HttpContext http, ViewRequest request)
    {
        var parameters = new QueryParameters(http.Request.Query);
        var query = new FindApiKeys(parameters.Limit(), parameters.Cursor("cursor", Rules.IsId));
        return parameters.Problem ?? await request.AnswerAsync(query, PageJson.Default.ApiKeyPage, ApiKeyPage.Of);
    }

    /// <summary>Sends a command with the hash of a new secret.</summary>
    private static Task<IResult> SendAsync<TBody>(
        CommandRequest<TBody> request, Func<TBody, CommandContext, string, IRequest<CommandResult>> command, bool makes = false)
        where TBody : class, IRequestBody<TBody>
    {
        var secret = RandomNumberGenerator.GetHexString(ApiKeySecrets.Length, lowercase: true);
        var hash = ApiKeySecrets.HashOf(secret);
        return request.SendForKeyAsync(
            (body, context) => command(body, context, hash), id => ApiKeySecrets.KeyOf(id, secret), makes ? AddressOf : null);
    }
}

/// <param name="Name">What the key is for.</param>
/// <param name="Scopes">What it may do; each scope once.</param>
/// <param name="ExpiresAt">From then on it is not accepted. It does not expire when it is left out.</param>
/// <param name="KeyId">Made by the service when it is left out.</param>
internal sealed record IssueApiKeyRequest(
    [property: Required, MaxLength(200)] string? Name,
    [property: Required, MinLength(1)] IReadOnlyList<string>? Scopes,
    DateTimeOffset? ExpiresAt,
    [property: MaxLength(64)] string? KeyId) : IRequestBody<IssueApiKeyRequest>
{
    public IssueApiKey ToCommand(CommandContext context, string secretHash)
        => new(KeyId.OrNewId(context), Name!, Scopes!, ExpiresAt, secretHash) { Context = context };
}

/// <param name="OverlapHours">How long the last secret is accepted still; 24 when it is left out.</param>
internal sealed record RotateApiKeyRequest([property: Range(0, RotateApiKey.MaxOverlapHours)] long? OverlapHours)
    : IRequestBody<RotateApiKeyRequest>
{
    private const long DefaultOverlapHours = 24;

    public static RotateApiKeyRequest WhenEmpty { get; } = new((long?)null);

    /// <summary>Hours that are out of range stay so, and no more than that: a time span does not hold any number of them.</summary>
    public RotateApiKey ToCommand(string keyId, CommandContext context, string secretHash)
    {
        var hours = Math.Clamp(OverlapHours ?? DefaultOverlapHours, -1, RotateApiKey.MaxOverlapHours + 1);
        return new RotateApiKey(keyId, secretHash, TimeSpan.FromHours(hours)) { Context = context };
    }
}

/// <summary>There is nothing to say about a revocation.</summary>
internal sealed record RevokeApiKeyRequest : IRequestBody<RevokeApiKeyRequest>
{
    public static RevokeApiKeyRequest WhenEmpty { get; } = new();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict, AllowDuplicateProperties = false,
    Converters = [typeof(WholeNumberConverter), typeof(AmountConverter), typeof(TimestampConverter)])]
[JsonSerializable(typeof(IssueApiKeyRequest))]
[JsonSerializable(typeof(RotateApiKeyRequest))]
[JsonSerializable(typeof(RevokeApiKeyRequest))]
internal sealed partial class ApiKeyRequestsJson : JsonSerializerContext, IRequestJson;
