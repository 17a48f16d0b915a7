using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>The contract of the port, on a MongoDB that has transactions.</summary>
public sealed class MongoViewStoreContract : ViewStoreContract
{
    private MongoTestDatabase? _database;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    protected override IViewStore CreateStore() => (_database ??= new MongoTestDatabase()).Connect();
}
