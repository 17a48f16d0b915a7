using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite.Tests;

/// <summary>The contract of the port, on SQLite.</summary>
public sealed class SqliteViewStoreContract : ViewStoreContract
{
    private readonly SqliteViewFile _file = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _file.Delete();
    }

    protected override IViewStore CreateStore()
        => new SqliteViewStore(new SqliteViewStoreOptions { Path = _file.Path }, TimeProvider.System, NullLogger<SqliteViewStore>.Instance);
}
