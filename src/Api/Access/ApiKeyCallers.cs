using Microsoft.Extensions.Caching.Memory;
using Orderly.Access;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;

namespace Orderly.Api.Access;

/// <summary>Who API keys are of. A key that was revoked is refused after <see cref="Age"/> at the latest.</summary>
internal sealed partial class ApiKeyCallers(Decider decider, TimeProvider time, ILogger<ApiKeyCallers> logger) : IDisposable
{
    /// <summary>How long what is known of a key is believed.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private const int KnownKeys = 10_000;

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = KnownKeys });

    public ValueTask<CallerFeature> FindAsync(string key, CancellationToken cancellationToken)
        => _known.TryGetValue(key, out Known? known) && time.GetElapsedTime(known!.At) < Age
            ? ValueTask.FromResult(known.Caller)
            : new ValueTask<CallerFeature>(ReadAsync(key, cancellationToken));

    public void Dispose() => _known.Dispose();

    private async Task<CallerFeature> ReadAsync(string key, CancellationToken cancellationToken)
    {
        if (!ApiKeySecrets.TryParse(key, out var id, out var secret))
        {
            return new CallerFeature(Caller.Unknown, HttpCallers.Distrust(null));
        }

        var at = time.GetTimestamp();
        var now = time.GetUtcNow();
        var state = await decider.ReadAsync<ApiKey>(id, cancellationToken);
        if (!state.Accepts(ApiKeySecrets.HashOf(secret), now))
        {
            // What is wrong with it, only its owner is to know.
            return new CallerFeature(Caller.Unknown, HttpCallers.Distrust(null));
        }

        await NoteUseAsync(id, now, cancellationToken);
        var scopes = new HashSet<string>(state.Scopes.Where(Scopes.OfKeys.Contains), StringComparer.Ordinal);
        var caller = new CallerFeature(new Caller($"key:{id}") { Scopes = scopes }, null);
        _known.Set(key, new Known(caller, at), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Age });
        return caller;
    }

    /// <summary>Notes the day. A log that can't be written keeps nobody from reading.</summary>
    private async Task NoteUseAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var use = new NoteApiKeyUse(id) { Context = CommandContext.ForRequest(Guid.CreateVersion7(now), "api-keys", now) };
        try
        {
            await decider.ExecuteAsync(use, cancellationToken);
        }
        catch (EventStoreUnavailableException e)
        {
            LogNotNoted(id, e.Message);
        }
    }

    [LoggerMessage(4034, LogLevel.Warning, "The use of the API key {Key} could not be noted; its next use will be. {Reason}")]
    private partial void LogNotNoted(string key, string reason);

    private sealed record Known(CallerFeature Caller, long At);
}
