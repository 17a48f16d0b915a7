using System.Globalization;
using Orderly.Api.Problems;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Api.Queries;

/// <summary>Reads query parameters and collects what is wrong with them. A parameter that is empty is not there.</summary>
internal sealed class QueryParameters(IQueryCollection query)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;

    private const int MaxTextLength = 200;
    private const int MaxWords = 10;

    private readonly Dictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the parameters read so far; null when nothing is.</summary>
    public Problem? Problem
        => _errors.Count == 0 ? null : new Problem(ProblemType.MalformedParameter, "The query can't be answered.") { Errors = _errors };

    /// <summary>How many items to return at most.</summary>
    public int Limit() => (int)(Number("limit", 1, MaxLimit) ?? DefaultLimit);

    public long? Number(string name, long min, long max) => Read<long?>(
        name,
        value => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : null,
        max == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"must be a whole number, at least {min}.")
            : string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}."));

    public string? Text(string name) => Text(
        name, value => value.Length <= MaxTextLength && !value.Any(char.IsControl),
        string.Create(CultureInfo.InvariantCulture, $"must be at most {MaxTextLength} characters, without control characters."));

    /// <summary>A text that follows a rule.</summary>
    public string? Text(string name, Func<string, bool> rule, string message) => Read(name, value => rule(value) ? value : null, message);

    /// <summary>A text to search for: one that has words, but not too many of them.</summary>
    public string? Words(string name)
    {
        var value = Text(name);
        var words = value is null ? 1 : SearchWords.InQuery(value).Count;
        if (words is > 0 and <= MaxWords)
        {
            return value;
        }

        Refuse(name, words == 0 ? "must have a letter or a digit." : FormattableString.Invariant($"must be at most {MaxWords} words."));
        return null;
    }

    /// <summary>One of some names.</summary>
    public string? Choice(string name, IReadOnlyList<string> names)
        => Text(name, names.Contains, $"must be one of {string.Join(", ", names)}.");

    /// <summary>An amount with at most four decimals.</summary>
    /// <param name="max">The largest; the smallest is 0.</param>
    /// <remarks>A longer text may have more digits than a decimal holds, and would be rounded.</remarks>
    public decimal? Amount(string name, decimal max) => Read<decimal?>(
        name,
        value => value.Length < 30 && decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            && amount <= max && decimal.Round(amount, 4) == amount ? amount : null,
        string.Create(CultureInfo.InvariantCulture, $"must be an amount from 0 to {max} with at most four decimals, such as 9.95."));

    /// <summary>Says that a parameter is missing, unless it is there, or was refused.</summary>
    public void Require<T>(string name, T? value)
    {
        if (value is null && !_errors.ContainsKey(name))
        {
            Refuse(name, "must be given.");
        }
    }

    /// <summary>An instant in ISO 8601, UTC unless it says otherwise.</summary>
    public DateTimeOffset? Timestamp(string name) => Read<DateTimeOffset?>(
        name, value => Timestamps.TryParse(value, out var time) ? time : null, "must be a time in ISO 8601, such as 2026-01-31T12:00:00Z.");

    /// <summary>Where a page starts, see <see cref="Cursor"/>.</summary>
    public string? Cursor(string name, Func<string, bool> isId)
        => Read(name, value => Queries.Cursor.TryRead(value, out var id) && isId(id) ? id : null, "must be the nextCursor of a page.");

    /// <summary>Where a page of one query starts, see <see cref="Queries.Cursor.Of"/>.</summary>
    /// <param name="query">What is asked, as when the cursor was made.</param>
    /// <param name="read">Reads the place; null when it is none.</param>
    public T? Cursor<T>(string name, string query, Func<IReadOnlyList<string>, T?> read)
        where T : class
    {
        if (One(name) is not { } value)
        {
            return null;
        }

        var isOfQuery = Queries.Cursor.TryRead(value, query, out var place);
        if (isOfQuery && read(place!) is { } found)
        {
            return found;
        }

        Refuse(name, place is null || isOfQuery
            ? "must be the nextCursor of a page."
            : "is of another query: all parameters but 'limit' must be those of the page that it came with.");
        return null;
    }

    public void Refuse(string name, string message) => _errors[name] = [message];

    /// <summary>Reads a parameter that is there, and refuses it with the message when it can't be read.</summary>
    private T? Read<T>(string name, Func<string, T?> read, string message)
    {
        if (One(name) is not { } value)
        {
            return default;
        }

        var found = read(value);
        if (found is null)
        {
            Refuse(name, message);
        }

        return found;
    }

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
