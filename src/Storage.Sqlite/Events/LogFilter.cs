using System.Text;
using Orderly.Domain.EventStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// An <see cref="EventFilter"/> on the stored UTF-8. SQL does not apply it: an event has to be proved first, since a damaged one may
/// fit as little as it should.
/// </summary>
internal sealed class LogFilter(EventFilter filter)
{
    private readonly byte[][] _prefixes = [.. filter.StreamPrefixes.Select(Encoding.UTF8.GetBytes)];
    private readonly byte[][] _types = [.. filter.EventTypes.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether the row's event is let through.</summary>
    public bool Passes(EventRow row)
    {
        if (_prefixes.Length == 0 && _types.Length == 0)
        {
            return true;
        }

        foreach (var prefix in _prefixes)
        {
            if (row.Stream.StartsWith(prefix))
            {
                return true;
            }
        }

        foreach (var type in _types)
        {
            if (row.Type.SequenceEqual(type))
            {
                return true;
            }
        }

        return false;
    }
}
