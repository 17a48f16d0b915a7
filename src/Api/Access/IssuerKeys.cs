using System.Text.Json;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Orderly.Hosting;

namespace Orderly.Api.Access;

/// <summary>
/// What an issuer says of itself (OpenID Connect Discovery 1.0): its name and the keys that it signs with. Fetched when a token needs it,
/// then kept, and fetched again now and then, so that a key that was withdrawn is not believed for long.
/// </summary>
/// <remarks>
/// The framework's own manager fetches keys anew in the background: the first token under a new key is refused
/// (Microsoft.IdentityModel 8.23). Here the request waits for them.
/// </remarks>
internal sealed partial class IssuerKeys(IssuerOptions options, HttpClient http, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>How old the keys get before they are fetched again, beside the requests.</summary>
    private static readonly TimeSpan s_refreshAge = TimeSpan.FromMinutes(10);

    /// <summary>How old they get at most, when the issuer is away for long.</summary>
    private static readonly TimeSpan s_maxAge = TimeSpan.FromHours(24);

    /// <summary>How often the issuer is asked at most: a token with a key that nobody knows costs nothing to make.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly string _address = $"{options.Authority.TrimEnd('/')}/.well-known/openid-configuration";
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Fetched? _last;
    private long _asked;
    private bool _wasAsked;

    /// <summary>The <c>iss</c> of its tokens, without a slash at the end.</summary>
    public string Name => options.Name;

    /// <summary>The <c>iss</c> of its tokens, as they have it.</summary>
    public string IssuerIn(OpenIdConnectConfiguration configuration) => options.Issuer ?? configuration.Issuer;

    /// <summary>What is known; null: nothing, or nothing that may still be believed.</summary>
    public OpenIdConnectConfiguration? Known => _last is { } last && AgeOf(last) < s_maxAge ? last.Configuration : null;

    /// <summary>Whether the keys are to be fetched again, as <see cref="GetAsync"/> does.</summary>
    public bool IsDue => _last is not { } last || (AgeOf(last) >= s_refreshAge && MayAsk);

    /// <summary>What the issuer says; null when it can't be asked and nothing is known.</summary>
    public async ValueTask<OpenIdConnectConfiguration?> GetAsync(CancellationToken cancellationToken)
    {
        var last = _last;
        if (last is null || AgeOf(last) >= s_maxAge)
        {
            return await FetchAsync(last, cancellationToken);
        }

        if (AgeOf(last) >= s_refreshAge && MayAsk)
        {
            // The request does not wait for it; a failure is logged, and leaves what is known.
            _ = FetchAsync(last, CancellationToken.None);
        }

        return last.Configuration;
    }

    /// <summary>What the issuer says now, if it says something else than <paramref name="seen"/>; else null.</summary>
    public async ValueTask<OpenIdConnectConfiguration?> GetNewerAsync(OpenIdConnectConfiguration seen, CancellationToken cancellationToken)
    {
        var last = _last;
        var found = last is not null && last.Configuration != seen ? last.Configuration : await FetchAsync(last, cancellationToken);
        return found == seen ? null : found;
    }

    public void Dispose() => _turn.Dispose();

    private bool MayAsk => Pause <= TimeSpan.Zero;

    /// <summary>How long the issuer is left alone still.</summary>
    private TimeSpan Pause => _wasAsked ? s_pause - time.GetElapsedTime(Volatile.Read(ref _asked)) : TimeSpan.Zero;

    private TimeSpan AgeOf(Fetched fetched) => time.GetElapsedTime(fetched.At);

    /// <summary>
    /// Asks the issuer as soon as that may be, unless somebody else has done so since; all who wait share one answer. Keys that are as they
    /// were stay the same object, so that what was verified with them stays verified.
    /// </summary>
    private async Task<OpenIdConnectConfiguration?> FetchAsync(Fetched? seen, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // What was asked while this one waited, it shares, be it a failure.
            if (_last == seen && !(_wasAsked && _asked >= began))
            {
                if (Pause is var pause && pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, time, cancellationToken);
                }

                (_wasAsked, _asked) = (true, time.GetTimestamp());
                var retriever = new HttpDocumentRetriever(http) { RequireHttps = _address.StartsWith("https:", StringComparison.Ordinal) };
                var found = await OpenIdConnectConfigurationRetriever.GetAsync(_address, retriever, cancellationToken);
                var isSame = seen is not null && AreSame(seen.Configuration, found);
                _last = new Fetched(isSame ? seen!.Configuration : found, time.GetTimestamp());
            }
        }
        catch (Exception e) when (
            e is IOException or InvalidOperationException or ArgumentException or JsonException or HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogNotFetched(logger, options.Authority, e.Message);
        }
        finally
        {
            _turn.Release();
        }

        return Known;
    }

    private static bool AreSame(OpenIdConnectConfiguration one, OpenIdConnectConfiguration other)
    {
        return one.Issuer == other.Issuer && KeysOf(one).SetEquals(KeysOf(other));

        static HashSet<(string, string, string, string, string)> KeysOf(OpenIdConnectConfiguration configuration)
            => [.. configuration.JsonWebKeySet?.Keys.Select(key => (key.Kid, key.N, key.E, key.X, key.Y)) ?? []];
    }

    [LoggerMessage(4030, LogLevel.Warning, "The keys of the issuer {Authority} could not be fetched; it will be asked again. {Reason}")]
    private static partial void LogNotFetched(ILogger logger, string authority, string reason);

    private sealed record Fetched(OpenIdConnectConfiguration Configuration, long At);
}
