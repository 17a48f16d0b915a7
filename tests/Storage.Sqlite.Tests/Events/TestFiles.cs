using Microsoft.Extensions.Logging.Abstractions;

namespace Orderly.Storage.Sqlite.Tests.Events;

/// <summary>A directory for one event store, gone after the test.</summary>
public sealed class TestFiles : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"orderly-{Guid.NewGuid():N}");

    public TestFiles() => Options = new SqliteEventStoreOptions { Path = Path.Combine(_directory, "events.db") };

    /// <summary>The directory itself; the store makes it.</summary>
    public string Directory => _directory;

    public SqliteEventStoreOptions Options { get; }

    public SqliteEventStore Open(Func<SqliteEventStoreOptions, SqliteEventStoreOptions>? change = null, TimeProvider? time = null)
        => new(change?.Invoke(Options) ?? Options, time ?? TimeProvider.System, NullLogger<SqliteEventStore>.Instance);

    public void Dispose()
    {
        if (System.IO.Directory.Exists(_directory))
        {
            System.IO.Directory.Delete(_directory, recursive: true);
        }
    }
}
