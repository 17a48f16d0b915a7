using System.Globalization;
using Orderly.Api.Problems;

namespace Orderly.Api.Queries;

/// <summary>Reads query parameters and collects what is wrong with them. A parameter that is empty is not there.</summary>
internal sealed class QueryParameters(IQueryCollection query)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;

    private const int MaxTextLength = 200;

    private static readonly string[] s_timestamps = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd"];

    private readonly Dictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the parameters read so far; null when nothing is.</summary>
    public Problem? Problem => _errors.Count == 0 ? null : new Problem(ProblemType.MalformedParameter, "The query can't be answered.") { Errors = _errors };

    /// <summary>How many items to return at most.</summary>
    public int Limit() => (int)(Number("limit", 1, MaxLimit) ?? DefaultLimit);

    public long? Number(string name, long min, long max)
    {
        if (One(name) is not { } value)
        {
            return null;
        }

        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse(name, max == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"must be a whole number, at least {min}.")
            : string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}."));
        return null;
    }

    public string? Text(string name)
    {
        if (One(name) is not { } value)
        {
            return null;
        }

        if (value.Length <= MaxTextLength && !value.Any(char.IsControl))
        {
            return value;
        }

        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"must be at most {MaxTextLength} characters, without control characters."));
        return null;
    }

    /// <summary>An instant in ISO 8601, UTC unless it says otherwise.</summary>
    public DateTimeOffset? Timestamp(string name)
    {
        if (One(name) is not { } value)
        {
            return null;
        }

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(value, s_timestamps, CultureInfo.InvariantCulture, Utc, out var timestamp))
        {
            return timestamp;
        }

        Refuse(name, "must be a time in ISO 8601, such as 2026-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>Where a page starts, see <see cref="Cursor"/>.</summary>
    public string? Cursor(string name, Func<string, bool> isId)
    {
        if (One(name) is not { } value)
        {
            return null;
        }

        if (Queries.Cursor.TryRead(value, out var id) && isId(id))
        {
            return id;
        }

        Refuse(name, "must be the nextCursor of a page.");
        return null;
    }

    public void Refuse(string name, string message) => _errors[name] = [message];

    private string? One(string name)
    {
        var values = query[name];
        if (values.Count > 1)
        {
            Refuse(name, "must be given once.");
            return null;
        }

        return values is [{ Length: > 0 } value] ? value : null;
    }
}
