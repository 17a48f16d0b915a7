using System.Diagnostics;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Orderly.Storage.Sqlite;

/// <summary>Something in the log that is not as it was written.</summary>
/// <param name="Position">Where it is in the log; 0: in the file as a whole.</param>
/// <param name="Stream">The stream, as far as the file tells; null: it does not.</param>
/// <param name="Revision">The revision in the stream; null: not known.</param>
/// <param name="Reason">What is wrong, in one line.</param>
public sealed record LogFault(long Position, string? Stream, long? Revision, string Reason);

/// <summary>What a check of the log has seen.</summary>
/// <param name="Position">The last position that was looked at.</param>
/// <param name="Events">How many events there are, without those that were erased.</param>
/// <param name="Erased">How many events were erased.</param>
/// <param name="Faults">How many things are wrong.</param>
/// <param name="Seconds">How long the walk over the events took, without the check of the file's own structure after it.</param>
public sealed record LogCheckResult(long Position, long Events, long Erased, long Faults, double Seconds);

/// <summary>
/// Walks over the log in a file and proves every event: its checksum, its place in the chain, and that no position is missing; then lets
/// SQLite check the file's structure and indexes. The log may be written to meanwhile.
/// </summary>
public static class SqliteLogCheck
{
    /// <summary>How many rows are read in one transaction: a long one would keep the write-ahead log from being emptied.</summary>
    private const int PageRows = 20_000;

    /// <summary>So many positions in a row that can't be read are the rest of the file, or most of it.</summary>
    private const int MostUnreadable = 10_000;

    /// <param name="path">The database file, which is brought to this program's version if it is older.</param>
    /// <param name="onFault">Called for each fault, in the order of the log.</param>
    /// <param name="onProgress">Called now and then with the position and the end.</param>
    /// <exception cref="Orderly.Domain.EventStore.EventStoreUnavailableException">The file is not there, or is no log at all.</exception>
    /// <exception cref="InvalidOperationException">A newer program made the file.</exception>
    public static LogCheckResult Run(
        string path, Action<LogFault> onFault, Action<long, long> onProgress, CancellationToken cancellationToken)
    {
        var file = LogSchema.FileOf(new SqliteEventStoreOptions { Path = path });
        try
        {
            using var connection = file.WhenFree(() => file.OpenReader(creates: false));
            var walk = new Walk(connection, onFault);
            var result = walk.Run(onProgress, cancellationToken);
            if (walk.Faults > 0)
            {
                walk.CheckStructure(connection);
            }
            else
            {
                // Where every event proves itself, pages are to be what was written in every bit: a row's own header may have changed in a
                // way that no value shows.
                var strict = LogSchema.FileOf(new SqliteEventStoreOptions { Path = path }, PageChecksums.FileSystem);
                using var proving = strict.WhenFree(() => strict.OpenReader(creates: false));
                walk.CheckStructure(proving);
            }

            return result with { Faults = walk.Faults };
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            throw file.Unavailable(e);
        }
    }

    private sealed class Walk(Connection connection, Action<LogFault> onFault)
    {
        private long _at;
        private long? _chain = EventProof.Start;
        private long _events;
        private long _erased;
        private int _unreadable;

        public long Faults { get; private set; }

        public LogCheckResult Run(Action<long, long> onProgress, CancellationToken cancellationToken)
        {
            var watch = Stopwatch.StartNew();
            var head = connection.Prepare(LogReader.HeadSql).FirstLong() ?? 0;
            var rows = connection.Prepare(
                $"SELECT {EventRow.Columns} FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position");
            while (_at < head && _unreadable < MostUnreadable)
            {
                cancellationToken.ThrowIfCancellationRequested();
                onProgress(_at, head);
                var before = _at;
                Check(rows, Math.Min(head, _at + PageRows));
                Miss(Math.Max(_at, before + 1));
            }

            onProgress(_at, head);
            return new LogCheckResult(_at, _events, _erased, Faults, watch.Elapsed.TotalSeconds);
        }

        /// <summary>What no event shows: an index that leaves events out hides them as well as if they were not there.</summary>
        public void CheckStructure(Connection checking)
        {
            try
            {
                var lines = checking.Prepare("PRAGMA integrity_check(100)");
                while (lines.Step())
                {
                    if (lines.Text(0) is var line and not "ok")
                    {
                        Tell(new LogFault(0, null, null, line.ReplaceLineEndings(" ")));
                    }
                }
            }
            catch (SqliteException e) when (Failures.IsDamage(e))
            {
                Tell(new LogFault(0, null, null, e.Message));
            }
        }

        private void Check(Statement rows, long end)
        {
            try
            {
                rows.Bind(1, _at).Bind(2, end);
                while (rows.Step())
                {
                    var row = new EventRow(rows);
                    var position = row.Position;
                    if (position <= _at || (position > _at + 1 && NextAfter(_at + 1) < position))
                    {
                        Tell(FaultOf(row, FormattableString.Invariant($"it stands where position {_at + 1} should be")));
                        (_at, _chain) = (Math.Max(_at, Math.Min(_at + 1, position)), null);
                        continue;
                    }

                    Miss(position - 1);
                    Prove(row);
                    _unreadable = 0;
                }

                // A row with a wrong position may have ended the range too early.
                Miss(Math.Min(end, NextAfter(_at + 1) - 1));
            }
            catch (SqliteException e) when (Failures.IsDamage(e))
            {
                // What follows on the same page can't be read either; on the next ones it can.
                rows.Reset();
                _unreadable++;
                Tell(new LogFault(++_at, null, null, $"it can't be read: {e.Message}"));
                _chain = null;
            }
        }

        /// <summary>The next position that the file has after one.</summary>
        private long NextAfter(long position)
            => connection.Prepare("SELECT position FROM events WHERE position > ?1 ORDER BY position LIMIT 1").Bind(1, position).FirstLong()
                ?? long.MaxValue;

        private void Miss(long to)
        {
            // A range that ends where it should not is one fault, not millions.
            if (_at < to)
            {
                var reason = to == _at + 1 ? "it is missing" : FormattableString.Invariant($"all events up to position {to} are missing");
                Tell(new LogFault(_at + 1, null, null, reason));
                (_at, _chain) = (to, null);
            }
        }

        private void Prove(EventRow row)
        {
            var (isErased, chain) = (row.IsErased, row.Chain);
            _ = isErased ? _erased++ : _events++;
            if (!isErased && !row.IsSound)
            {
                Tell(FaultOf(row, "its checksum is wrong"));
            }
            else if (_chain is { } before && chain != EventProof.Chain(before, row.Checksum))
            {
                Tell(FaultOf(row, "the chain is broken: it, or the event before it, is not the one that was written here"));
            }

            (_at, _chain) = (row.Position, chain);
        }

        private static LogFault FaultOf(EventRow row, string reason)
            => new(row.Position, Encoding.UTF8.GetString(row.Stream), row.Revision, reason);

        private void Tell(LogFault fault)
        {
            Faults++;
            onFault(fault);
        }
    }
}
