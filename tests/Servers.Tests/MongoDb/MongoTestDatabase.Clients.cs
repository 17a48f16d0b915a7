using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Storage.MongoDb;

namespace Orderly.Servers.Tests;

/// <summary>What needs the client.</summary>
internal sealed partial class MongoTestDatabase
{
    /// <summary>The database as the bare driver sees it.</summary>
    public IMongoDatabase Bare => new MongoClient(ConnectionString).GetDatabase(Name);

    public IMongoCollection<BsonDocument> Collection(string name) => Bare.GetCollection<BsonDocument>(name);

    /// <summary>A store with options of its own. The caller disposes of it.</summary>
    public MongoViewStore Connect(MongoViewStoreOptions options)
        => new(ConnectionString, options, TimeProvider.System, NullLogger<MongoViewStore>.Instance);

    partial void Drop() => new MongoClient(ConnectionString).DropDatabase(Name);
}
