namespace Orderly.Api;

/// <summary>The headers that the framework has no names for.</summary>
internal static class HeaderNamesOfOrderly
{
    public const string IdempotencyKey = "Idempotency-Key";
    public const string IdempotentReplayed = "Idempotent-Replayed";
    public const string LogPosition = "Log-Position";
    public const string MinLogPosition = "Min-Log-Position";
    public const string Prefer = "Prefer";
    public const string PreferenceApplied = "Preference-Applied";
    public const string RateLimit = "RateLimit";
    public const string RateLimitPolicy = "RateLimit-Policy";
    public const string RequestId = "Request-Id";

    /// <summary>What an answer has whatever it says: it stays when an answer that was begun turns out to be a problem.</summary>
    public static readonly string[] OfEveryAnswer = [RequestId, RateLimit, RateLimitPolicy];

    /// <summary>What a script of another origin may read, beside what browsers show it anyway.</summary>
    public static readonly string[] ForScripts =
    [
        "ETag", "Location", "Content-Location", "Link", "Retry-After", LogPosition, PreferenceApplied, IdempotentReplayed, .. OfEveryAnswer,
    ];
}
