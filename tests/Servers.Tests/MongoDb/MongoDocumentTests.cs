using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MongoDB.Bson;
using MongoDB.Driver;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>How documents look to a person who opens the database.</summary>
public sealed class MongoDocumentTests
{
    private static readonly Guid s_key = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly View<Parcel> s_parcels = new(
        "parcels",
        1,
        (JsonTypeInfo<Parcel>)JsonSerializerOptions.Web.GetTypeInfo(typeof(Parcel)),
        new ViewField<Parcel>("size.grams", parcel => parcel.Size.Grams));

    private enum State
    {
        Packed,
        OnItsWay,
    }

    [SkippableFact]
    public async Task Documents_are_flat_and_typed()
    {
        await using var database = new MongoTestDatabase();
        var store = database.Connect();
        var sent = new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.Zero).AddMilliseconds(123);
        var parcel = new Parcel("own id", s_key, State.OnItsWay, 12.50m, sent, new DateOnly(2026, 3, 1), new Size(900, null), ["fragile"]);

        var opened = await store.OpenAsync(s_parcels, 1, CancellationToken.None);
        await store.CommitAsync(
            s_parcels, new ViewCommit<Parcel>(opened.Partitions, 7, [new("p-1", 6, parcel)], []), CancellationToken.None);

        var found = Assert.Single((await store.FindAsync(s_parcels, ["p-1"], CancellationToken.None)).Documents).Value;
        Assert.Equal(parcel with { Marks = found.Marks }, found);
        Assert.Equal(parcel.Marks, found.Marks);
        var expected = new BsonDocument
        {
            { "_id", "p-1" },
            { "_position", 6L },
            { "id", "own id" },
            { "key", new BsonBinaryData(s_key, GuidRepresentation.Standard) },
            { "state", "OnItsWay" },
            { "price", Decimal128.Parse("12.50") },
            { "sentAt", sent.UtcDateTime },
            { "due", "2026-03-01" },
            { "size", new BsonDocument { { "grams", 900L }, { "cubic", BsonNull.Value } } },
            { "marks", new BsonArray { "fragile" } },
        };
        Assert.Equal(expected.ToJson(), (await database.Collection("parcels.1").Find("{}").SingleAsync()).ToJson());
    }

    [SkippableFact]
    public async Task A_declared_field_has_an_index()
    {
        await using var database = new MongoTestDatabase();
        await database.Connect().StartGenerationAsync(s_parcels, CancellationToken.None);

        var indexes = await (await database.Collection("parcels.1").Indexes.ListAsync()).ToListAsync();

        Assert.Contains(new BsonDocument { { "size.grams", 1 }, { "_id", 1 } }, indexes.Select(index => index["key"].AsBsonDocument));
    }

    [SkippableFact]
    public async Task Edges_have_one_index_in_the_order_in_which_a_walk_reads_them()
    {
        await using var database = new MongoTestDatabase();
        var view = SampleViews.Graph();
        await database.Connect().StartGenerationAsync(view, CancellationToken.None);

        var indexes = await (await database.Collection($"{view.Name}.1").Indexes.ListAsync()).ToListAsync();

        Assert.Equal(
            [new BsonDocument("_id", 1), new BsonDocument { { "text", 1 }, { "number", -1 }, { "note.author", 1 } }],
            indexes.Select(index => index["key"].AsBsonDocument));
    }

    [SkippableFact]
    public async Task A_document_of_an_older_version_is_read_without_the_fields_that_it_lacks()
    {
        await using var database = new MongoTestDatabase();
        var store = database.Connect();
        await store.OpenAsync(s_parcels, 1, CancellationToken.None);
        await database.Collection("parcels.1").InsertOneAsync(new BsonDocument
        {
            { "_id", "old" }, { "_position", 1L }, { "id", "old" }, { "price", new Decimal128(3) }, { "colour", "red" },
        });

        var old = Assert.Single((await store.FindAsync(s_parcels, ["old"], CancellationToken.None)).Documents).Value;

        Assert.Equal(new Parcel("old", Guid.Empty, State.Packed, 3, default, default, null!, null!), old);
    }

    /// <summary>A process that remembers nothing keeps its progress like any other.</summary>
    [SkippableFact]
    public async Task A_view_can_be_without_documents()
    {
        await using var database = new MongoTestDatabase();
        var store = database.Connect();
        var view = new View<Nothing>("nothing", 1, (JsonTypeInfo<Nothing>)JsonSerializerOptions.Web.GetTypeInfo(typeof(Nothing)));
        var opened = await store.OpenAsync(view, 1, CancellationToken.None);

        Assert.NotNull(await store.CommitAsync(view, new ViewCommit<Nothing>(opened.Partitions, 7, [], []), CancellationToken.None));

        Assert.Empty(await store.LoadAsync(view, opened.Number, ["a"], CancellationToken.None));
        Assert.Equal(7, (await store.FindAsync(view, ["a"], CancellationToken.None)).Position);
        Assert.Equal(7, (await store.PageAsync(view, opened.Number, null, 10, CancellationToken.None))!.Generation.Position);
    }

    private sealed record Nothing
    {
        private Nothing()
        {
        }
    }

    private sealed record Parcel(
        string Id, Guid Key, State State, decimal Price, DateTimeOffset SentAt, DateOnly Due, Size Size, IReadOnlyList<string> Marks)
    {
        [JsonIgnore]
        public decimal Twice => 2 * Price;
    }

    private sealed record Size(long Grams, decimal? Cubic);
}
