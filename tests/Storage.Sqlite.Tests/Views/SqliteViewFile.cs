using IoPath = System.IO.Path;

namespace Orderly.Storage.Sqlite.Tests;

/// <summary>A directory for one test's database; the test deletes it at its end.</summary>
internal sealed class SqliteViewFile
{
    private readonly string _directory = IoPath.Combine(IoPath.GetTempPath(), $"orderly-views-{Guid.NewGuid():N}");

    public string Path => IoPath.Combine(_directory, "nested", "views.db");

    public void Delete()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
