using Microsoft.Data.Sqlite;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <content>What is done with whole generations, and with what is parked in them.</content>
public sealed partial class SqliteViewStore
{
    public async Task<T> ChangeAsync<T>(ViewChange<T> change, CancellationToken cancellationToken)
    {
        // What is there already, or is refused, is answered without waiting for those who write.
        var seen = await _database.ReadAsync(
            connection => ViewRecords.Read(connection, change.View, change.Parked), cancellationToken).ConfigureAwait(false);
        var (wanted, answer) = change.Apply(seen, _time.GetUtcNow());
        if (ReferenceEquals(wanted, seen))
        {
            return answer;
        }

        try
        {
            (seen, wanted, answer) = await WriteAsync(isDamaged: false).ConfigureAwait(false);
        }
        catch (ViewStoreUnavailableException e) when (e.InnerException is SqliteException failure && Failures.IsDamage(failure)
            && seen.Generations.Any(one => wanted.Find(one.Number) is null))
        {
            // A generation that goes is no loss, whatever is left of it.
            (seen, wanted, answer) = await WriteAsync(isDamaged: true).ConfigureAwait(false);
        }

        if (seen.Live is { } old && wanted.Live is { } live && old.Number != live.Number)
        {
            LogSwapped(_logger, change.View, old.Number, live.Number);
        }

        return answer;

        Task<(ViewRecord Seen, ViewRecord Wanted, T Answer)> WriteAsync(bool isDamaged) => _database.WriteAsync(
            connection =>
            {
                var stored = ViewRecords.Read(connection, change.View, change.Parked);
                var changed = change.Apply(stored, _time.GetUtcNow());
                ViewRecords.Write(connection, stored, changed.Record, change.Definition, isDamaged);
                return (stored, changed.Record, changed.Answer);
            },
            rings: true,
            cancellationToken);
    }

    public Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(string view, int number, CancellationToken cancellationToken)
        => _database.ReadAsync<IReadOnlyList<ParkedEvent>>(
            connection => ViewParking.Read(connection, view, new ParkedFilter(Number: number)), cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> ReadSkippedAsync(string view, CancellationToken cancellationToken)
        => _database.ReadAsync<IReadOnlyList<SkippedEvent>>(connection => ViewParking.ReadSkipped(connection, view), cancellationToken);

    public Task<ViewPage<TDocument>?> PageAsync<TDocument>(
        View<TDocument> view, int number, string? afterId, int limit, CancellationToken cancellationToken)
        where TDocument : class
    {
        var query = new ViewQuery([], limit, afterId);
        query.Validate(view);
        return _database.ReadAsync(
            connection =>
            {
                if (ViewGenerations.ReadOf(connection, view.Name).Find(one => one.Number == number) is not { } generation)
                {
                    return null;
                }

                List<string> damaged = [];
                return new ViewPage<TDocument>(generation, Search(connection, view, number, query, damaged)) { Damaged = damaged };
            },
            cancellationToken);
    }
}
