using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.Sqlite;
using Orderly.Subscriptions.Operating;
using Orderly.Tests;
using static Orderly.Subscriptions.Tests.CountingProjection;

namespace Orderly.Subscriptions.Tests;

/// <summary>Views and processes beside a log that is not, or not any more, the one that they were built from.</summary>
public class OtherLogTests
{
    private static readonly CountingProjection s_view = new(name: "viewed");

    /// <summary>
    /// They stop and say so; nothing is written. One command builds them anew, and then not one event is left out. A process acts anew on
    /// the whole log, or, where that can't be taken back, on what is new in it.
    /// </summary>
    [Theory]
    [InlineData(OtherLog.Restored, null)]
    [InlineData(OtherLog.Restored, 1)]
    [InlineData(OtherLog.RestoredAndFurther, null)]
    [InlineData(OtherLog.RestoredAndFurther, 1)]
    [InlineData(OtherLog.MadeAnew, null)]
    [InlineData(OtherLog.MadeAnew, 1)]
    [InlineData(OtherLog.Another, null)]
    [InlineData(OtherLog.Another, 1)]
    public async Task Views_of_another_log_stop_until_they_are_built_anew(OtherLog kind, int? mostInDoubt)
    {
        await using var engine = new Engine();
        await using var logs = new Logs(engine.Path);
        await AppendAsync(logs["another"], 40);
        engine.Log = logs["first"];
        await AppendAsync(engine.Log, 3);
        logs.Copy("first", "restored");
        await AppendAsync(engine.Log, 30);
        await StopAsync(engine, Run(engine, new CountingProcess { MostInDoubt = mostInDoubt }), 33);
        var stopped = DateTimeOffset.UtcNow;
        engine.Log = logs[kind is OtherLog.MadeAnew ? "anew" : kind is OtherLog.Another ? "another" : "restored"];
        await AppendAsync(engine.Log, kind is OtherLog.RestoredAndFurther ? 40 : 2);
        var before = await LiveAsync(engine);

        var process = new CountingProcess { MostInDoubt = mostInDoubt };
        Run(engine, process);
        await engine.UntilAllAsync(all => all.Where(one => one.IsLive).All(
            one => one.Partitions[0].Fault?.Contains("'worker replay --ahead'", StringComparison.Ordinal) == true));

        await AppendAsync(engine.Log, 1);
        Assert.Equal(before.Select(StateOf), (await LiveAsync(engine)).Select(StateOf));
        Assert.Empty(process.Done);
        var services = engine.NewServices();
        Assert.All(
            await ProjectionStatus.ReadAsync(services.Log, services.Views, services.Time, CancellationToken.None),
            one => Assert.Equal("faulted", one.State));
        var origins = new ViewOrigins(services.Log, services.Views, services.Time);
        Assert.NotNull(await origins.FindFaultAsync("viewed", isAsked: true, CancellationToken.None));
        await Assert.ThrowsAsync<OtherLogException>(() => engine.VerifyAsync(s_view));

        await RebuildAsync(engine, process, 2);

        await AppendAsync(engine.Log, 1);
        var head = await engine.Log.ReadHeadAsync(CancellationToken.None);
        await engine.UntilAllAsync(all => all.Where(one => one.IsLive).All(one => one.Position >= head.Value));
        Assert.Empty(await engine.VerifyAsync(s_view));
        Assert.Empty(await engine.VerifyAsync());
        List<long> expected = [.. (await ReadAsync(engine.Log)).Where(one => mostInDoubt is null || one.RecordedAt > stopped)
            .Select(one => one.Position.Value)];
        Assert.Equal(expected, process.Done.Select(one => one.Position).Distinct().Order());
        await Wait.UntilAsync(async () => await new ViewOrigins(services.Log, services.Views, services.Time)
            .FindFaultAsync("viewed", isAsked: true, CancellationToken.None) is null);
    }

    /// <summary>A decision names a position, and there is another event in the other log.</summary>
    [Fact]
    public async Task What_was_left_out_of_one_log_is_not_left_out_of_another()
    {
        await using var engine = new Engine();
        await using var logs = new Logs(engine.Path);
        engine.Log = logs["first"];
        var poisonous = new CountingProjection(poison: 7);
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(7, "a"));
        using (var stop = engine.Run(engine.NewWorker(poisonous)))
        {
            await engine.UntilAsync(one => one.Partitions[0].Parked == 1);
            await engine.Views.AskSkipAsync("counters", 2, CancellationToken.None);
            await engine.UntilAsync(one => one.Partitions[0].Parked == 0);
            await StopAsync(engine, stop, 2);
        }

        engine.Log = logs["anew"];
        await engine.AppendAsync("counting-1", Event(1, "a"), Event(5, "a"));
        await RebuildAsync(engine, engine.NewWorker(), 1);

        Assert.Equal(new Counter(2, 6), (await engine.CountersAtHeadAsync())["a"]);
    }

    [Fact]
    public async Task A_view_goes_on_after_its_last_event_was_erased()
    {
        await using var engine = new Engine();
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.AppendAsync("counting-2", Event(1, "b"));
        using (var stop = engine.Run(engine.NewWorker()))
        {
            await StopAsync(engine, stop, 2);
        }

        await engine.Log.DeleteStreamAsync("counting-2", CancellationToken.None);
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));

        Assert.Equal(new Counter(2, 2), (await engine.CountersAtHeadAsync())["a"]);
    }

    /// <summary>Without that, a log that was restored to where the filter lets nothing through would not be noticed.</summary>
    [Fact]
    public async Task A_view_remembers_an_event_that_is_not_for_it()
    {
        await using var engine = new Engine();
        engine.Run(engine.NewWorker());
        await engine.AppendAsync("counting-1", Event(1, "a"));
        await engine.AppendAsync("other-1", Event(1, "a"));
        var at = await engine.UntilAsync(one => one.Position == 2);

        var last = (await ReadAsync(engine.Log))[^1];
        Assert.Equal(
            (await engine.Log.ReadIdentityAsync(CancellationToken.None), 2L, (Guid?)last.Id),
            (at.Partitions[0].Mark!.Log, at.Partitions[0].Mark!.Position, at.Partitions[0].Mark!.EventId));
    }

    [Fact]
    public async Task A_view_of_a_program_from_before_is_of_the_log_that_is_there()
    {
        await using var engine = new Engine();
        await engine.AppendAsync("counting-1", Event(1, "a"));
        using (var stop = engine.Run(engine.NewWorker()))
        {
            await StopAsync(engine, stop, 1);
        }

        Logs.Execute(Path.Combine(engine.Path, "views.db"), "UPDATE partitions SET mark = NULL");
        engine.Run(engine.NewWorker());

        var identity = await engine.Log.ReadIdentityAsync(CancellationToken.None);
        Assert.Equal(1, (await engine.UntilAsync(one => one.Partitions[0].Mark?.Log == identity)).Position);
    }

    /// <summary>A subscription that is open when the log goes back ends: events would come to positions that were read.</summary>
    [Fact]
    public async Task A_subscription_ends_when_the_log_goes_back()
    {
        await using var engine = new Engine();
        await AppendAsync(engine.Log, 5);
        await using var reading = engine.Log.SubscribeAsync(LogPosition.Start, EventFilter.Everything, CancellationToken.None)
            .GetAsyncEnumerator();
        do
        {
            Assert.True(await reading.MoveNextAsync());
        }
        while (reading.Current.Kind != SubscriptionMessageKind.CaughtUp);

        Logs.Execute(Path.Combine(engine.Path, "events.db"), "DELETE FROM events WHERE position > 2");

        await Assert.ThrowsAsync<EventStoreUnavailableException>(async () => await reading.MoveNextAsync());
    }

    private static CancellationTokenSource Run(Engine engine, CountingProcess process)
        => engine.Run([new ProjectionWorker<Counter>(process, engine.NewServices()), engine.NewWorker(s_view)]);

    /// <summary>Lets a group come to a position, and stops it.</summary>
    private static async Task StopAsync(Engine engine, CancellationTokenSource stop, long position)
    {
        await engine.UntilAllAsync(all => all.Count > 0 && all.All(one => one.Position == position));
        await stop.CancelAsync();
        await engine.UntilAllAsync(all => all.All(one => one.Partitions[0].Owner is null));
    }

    private static Task RebuildAsync(Engine engine, CountingProcess process, int count)
        => RebuildAsync(
            engine, [new ProjectionWorker<Counter>(process, engine.NewServices()), engine.NewWorker(s_view)], count);

    private static Task RebuildAsync(Engine engine, IProjectionWorker worker, int count) => RebuildAsync(engine, [worker], count);

    /// <summary>What the operator's command does.</summary>
    private static async Task RebuildAsync(Engine engine, IReadOnlyList<IProjectionWorker> workers, int count)
    {
        var services = engine.NewServices();
        var ahead = await new Rebuild(workers, services).FindAheadAsync(CancellationToken.None);
        Assert.Equal(count, ahead.Count);
        var built = await new Rebuild(ahead, services).RunAsync(false, new Progress<RebuildProgress>(), CancellationToken.None);
        Assert.All(built, one => Assert.True(one.IsLive));
        Assert.Empty(await new Rebuild(workers, services).FindAheadAsync(CancellationToken.None));
    }

    private static async Task<List<ViewGeneration>> LiveAsync(Engine engine)
        => [.. (await engine.Views.ReadGenerationsAsync(CancellationToken.None)).Where(one => one.IsLive)];

    private static (string, int, long, LogMark?) StateOf(ViewGeneration one)
        => (one.View, one.Number, one.Position, one.Partitions[0].Mark);

    private static async Task AppendAsync(IEventStore log, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var counter = string.Create(CultureInfo.InvariantCulture, $"c-{i % 3}");
            await log.AppendAsync("counting-1", ExpectedRevision.Any, [Event(1, counter)], CancellationToken.None);
        }
    }

    private static async Task<List<RecordedEvent>> ReadAsync(IEventStore log)
    {
        List<RecordedEvent> events = [];
        await foreach (var recorded in log.ReadAllAsync(
            LogPosition.Start, EventFilter.Everything, long.MaxValue, CancellationToken.None))
        {
            events.Add(recorded);
        }

        return events;
    }

    public enum OtherLog
    {
        Restored,
        RestoredAndFurther,
        MadeAnew,
        Another,
    }

    /// <summary>Logs in files of their own, opened when they are asked for.</summary>
    private sealed class Logs(string directory) : IAsyncDisposable
    {
        private readonly Dictionary<string, SqliteEventStore> _open = [];

        public SqliteEventStore this[string name]
        {
            get
            {
                if (!_open.TryGetValue(name, out var log))
                {
                    _open[name] = log = new SqliteEventStore(
                        new SqliteEventStoreOptions { Path = PathOf(name) }, TimeProvider.System, NullLogger<SqliteEventStore>.Instance);
                }

                return log;
            }
        }

        public void Copy(string from, string to) => Execute(PathOf(from), $"VACUUM INTO '{PathOf(to)}'");

        public static void Execute(string path, string sql)
        {
            using var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Vfs = PageChecksums.RowsFileSystem }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var log in _open.Values)
            {
                await log.DisposeAsync();
            }
        }

        private string PathOf(string name) => Path.Combine(directory, $"{name}-events.db");
    }
}
