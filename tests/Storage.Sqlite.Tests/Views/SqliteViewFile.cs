using Microsoft.Extensions.Logging.Abstractions;

namespace Orderly.Storage.Sqlite.Tests.Views;

/// <summary>A directory for one test's database; the test deletes it at its end.</summary>
internal sealed class SqliteViewFile
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"orderly-views-{Guid.NewGuid():N}");

    /// <summary>The store makes the directories.</summary>
    public SqliteViewStoreOptions Options => new() { Path = Path.Combine(_directory, "nested", "views.db") };

    public static SqliteViewStore Open(SqliteViewStoreOptions options)
        => new(options, TimeProvider.System, NullLogger<SqliteViewStore>.Instance);

    public void Delete()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
