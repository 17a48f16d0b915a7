using System.Globalization;
using System.Text;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>An <see cref="EventFilter"/> as a condition in SQL.</summary>
internal sealed class LogFilter
{
    private readonly List<byte[]> _values = [];

    public LogFilter(EventFilter filter)
    {
        var conditions = filter.StreamPrefixes.Select(PrefixCondition).ToList();
        if (filter.EventTypes.Count > 0)
        {
            conditions.Add($"type IN ({string.Join(", ", filter.EventTypes.Select(type => Parameter(Encoding.UTF8.GetBytes(type))))})");
        }

        Condition = conditions.Count == 0 ? "" : $" AND ({string.Join(" OR ", conditions)})";
    }

    /// <summary>The number of the first parameter that the condition uses.</summary>
    public static int FirstParameter => 4;

    /// <summary>What to add to a WHERE clause.</summary>
    public string Condition { get; }

    /// <summary>Sets the condition's parameters.</summary>
    public void Bind(Statement statement)
    {
        for (var i = 0; i < _values.Count; i++)
        {
            statement.BindText(FirstParameter + i, _values[i]);
        }
    }

    private string PrefixCondition(string prefix)
    {
        // SQLite compares text byte by byte. No byte of UTF-8 is 0xFF, so the last one can always be raised.
        var from = Encoding.UTF8.GetBytes(prefix);
        var to = from.ToArray();
        to[^1]++;
        return $"(stream >= {Parameter(from)} AND stream < {Parameter(to)})";
    }

    private string Parameter(byte[] value)
    {
        _values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"?{FirstParameter + _values.Count - 1}");
    }
}
