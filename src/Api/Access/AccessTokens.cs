using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Orderly.Access;
using Orderly.Api.Problems;
using Orderly.Hosting;

namespace Orderly.Api.Access;

/// <summary>
/// Reads access tokens: JSON Web Tokens that one of the configured issuers has signed (RFC 9068). A token that was verified is known for as
/// long as it and the issuer's keys hold.
/// </summary>
internal sealed partial class AccessTokens : IDisposable
{
    /// <summary>How many characters of tokens are known at the same time: some ten thousand tokens.</summary>
    private const int KnownCharacters = 16 * 1024 * 1024;

    /// <summary>More is no token of an issuer, and would be kept in memory.</summary>
    private const int MaxLength = 16 * 1024;

    private const int PartsOfEncrypted = 5;

    /// <summary>How long a token is known at most before it is verified again.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_issuerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_issuerPause = TimeSpan.FromSeconds(5);

    /// <summary>Those with a private key at the issuer. With a shared secret, whoever verifies could sign.</summary>
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly AuthenticationOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient _http = new() { Timeout = s_issuerPatience };
    private readonly IReadOnlyList<IssuerKeys> _issuers;
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = KnownCharacters });
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly CallerClaims _claims;

    public AccessTokens(OrderlyOptions options, TimeProvider time, ILogger<AccessTokens> logger)
    {
        (_options, _time, _logger) = (options.Authentication, time, logger);
        _issuers = [.. _options.Issuers.Select(issuer => new IssuerKeys(issuer, _http, time, logger))];
        _claims = new CallerClaims(_options);
    }

    /// <summary>Who a token is of.</summary>
    public ValueTask<CallerFeature> FindAsync(string token, CancellationToken cancellationToken)
        => _known.TryGetValue(token, out Verified? verified) && verified!.Until > _time.GetUtcNow()
            && verified.Issuer.Known == verified.Keys && !verified.Issuer.IsDue
            ? ValueTask.FromResult(verified.Caller)
            : new ValueTask<CallerFeature>(VerifyAsync(token, cancellationToken));

    public void Dispose()
    {
        _known.Dispose();
        _http.Dispose();
        foreach (var issuer in _issuers)
        {
            issuer.Dispose();
        }
    }

    private async Task<CallerFeature> VerifyAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length > MaxLength || !_handler.CanReadToken(text))
        {
            return Refuse("It is neither a JSON Web Token nor an API key.");
        }

        if (text.Count(c => c == '.') == PartsOfEncrypted - 1)
        {
            LogEncrypted(_logger);
            return Refuse("The token is encrypted.");
        }

        JsonWebToken token;
        try
        {
            token = _handler.ReadJsonWebToken(text);
        }
        catch (ArgumentException)
        {
            return Refuse("It is neither a JSON Web Token nor an API key.");
        }

        if (_issuers.FirstOrDefault(one => one.Name == token.Issuer.TrimEnd('/')) is not { } issuer)
        {
            return Refuse("The token is of an issuer that is not trusted.");
        }

        var keys = await issuer.GetAsync(cancellationToken);
        if (keys is null)
        {
            return new CallerFeature(
                Caller.Unknown, new Problem(ProblemType.IssuerUnavailable, "The issuer did not answer.") { RetryAfter = s_issuerPause });
        }

        var result = await ValidateAsync(token, issuer, keys);
        if (result.Exception is SecurityTokenInvalidSignatureException && keys.SigningKeys.All(key => key.KeyId != token.Kid)
            && await issuer.GetNewerAsync(keys, cancellationToken) is { } newer)
        {
            (keys, result) = (newer, await ValidateAsync(token, issuer, newer));
        }

        if (!result.IsValid)
        {
            LogRefused(_logger, issuer.Name, result.Exception.Message);
            return Refuse(ReasonOf(result.Exception));
        }

        var caller = new CallerFeature(_claims.CallerOf(token), null);
        var now = _time.GetUtcNow();
        var left = TimeSpan.FromTicks(Math.Clamp((Utc(token.ValidTo) - now + _options.ClockSkew).Ticks, 1, s_longest.Ticks));
        _known.Set(
            text, new Verified(caller, now + left, issuer, keys),
            new MemoryCacheEntryOptions { Size = text.Length, AbsoluteExpirationRelativeToNow = left });
        return caller;
    }

    private Task<TokenValidationResult> ValidateAsync(JsonWebToken token, IssuerKeys issuer, OpenIdConnectConfiguration keys)
        => _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = issuer.IssuerIn(keys),
            ValidAudience = _options.Audience,
            IssuerSigningKeys = keys.SigningKeys,
            ValidAlgorithms = s_algorithms,
            ValidTypes = ["at+jwt", "application/at+jwt", "JWT"],
            LifetimeValidator = (from, to, _, _) => _time.GetUtcNow() is var now && to is not null
                && now - _options.ClockSkew < Utc(to.Value) && (from is null || now + _options.ClockSkew >= Utc(from.Value)),
        });

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private static CallerFeature Refuse(string reason) => new(Caller.Unknown, HttpCallers.Distrust(reason));

    private static string ReasonOf(Exception fault) => fault switch
    {
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException
            or SecurityTokenNoExpirationException => "The token is not valid now.",
        SecurityTokenInvalidAudienceException => "The token is for another audience.",
        SecurityTokenInvalidIssuerException => "The token is of an issuer that is not trusted.",
        SecurityTokenInvalidTypeException => "The token is no access token.",
        SecurityTokenSignatureKeyNotFoundException => "The token is signed with a key that its issuer does not show.",
        _ => "The token is not valid.",
    };

    [LoggerMessage(4031, LogLevel.Information, "A token of {Issuer} was refused. {Reason}")]
    private static partial void LogRefused(ILogger logger, string issuer, string reason);

    [LoggerMessage(
        4032, LogLevel.Warning,
        "A token was refused because it is encrypted. Have the issuer sign access tokens only, such as by "
        + "DisableAccessTokenEncryption() in OpenIddict.")]
    private static partial void LogEncrypted(ILogger logger);

    private sealed record Verified(CallerFeature Caller, DateTimeOffset Until, IssuerKeys Issuer, OpenIdConnectConfiguration Keys);
}
