using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite.Tests.Views;

/// <summary>The contract of the port, on SQLite.</summary>
public sealed class SqliteViewStoreContract : ViewStoreContract
{
    private readonly SqliteViewFile _file = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _file.Delete();
    }

    protected override IViewStore CreateStore() => SqliteViewFile.Open(_file.Options);
}
