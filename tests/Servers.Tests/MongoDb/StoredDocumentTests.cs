using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using Orderly.Hosting;
using Orderly.ReadModels.Orders;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.MongoDb;
using Orderly.Subscriptions;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>How documents are written and read, which needs no server.</summary>
public sealed class StoredDocumentTests
{
    private static readonly Guid s_key = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly DateTimeOffset s_sent = new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.Zero).AddMilliseconds(123);

    /// <summary>A store tells the driver how its documents are written.</summary>
    static StoredDocumentTests()
        => new MongoViewStore(
            new MongoViewStoreOptions { ConnectionString = "mongodb://127.0.0.1:1" }, TimeProvider.System,
            NullLogger<MongoViewStore>.Instance).Dispose();

    private enum State
    {
        Packed,
        OnItsWay,
    }

    [Fact]
    public void Values_are_written_as_a_person_expects_to_see_them()
    {
        var parcel = new Parcel(
            "own id",
            s_key,
            State.OnItsWay,
            State.Packed,
            12.50m,
            s_sent,
            null,
            s_sent.UtcDateTime,
            new DateOnly(2026, 3, 1),
            new Size(900, null),
            ["fragile"]);

        var stored = new StoredDocument<Parcel>("p-1", 6, parcel).ToBsonDocument();

        var expected = new BsonDocument
        {
            { "_id", "p-1" },
            { "_position", 6L },
            { "id", "own id" },
            { "key", new BsonBinaryData(s_key, GuidRepresentation.Standard) },
            { "state", "OnItsWay" },
            { "before", "Packed" },
            { "price", Decimal128.Parse("12.50") },
            { "sentAt", s_sent.UtcDateTime },
            { "arrivedAt", BsonNull.Value },
            { "printed", s_sent.UtcDateTime },
            { "due", "2026-03-01" },
            { "size", new BsonDocument { { "grams", 900L }, { "cubic", BsonNull.Value } } },
            { "marks", new BsonArray { "fragile" } },
        };
        Assert.Equal(expected, stored);
        var read = BsonSerializer.Deserialize<StoredDocument<Parcel>>(stored);
        Assert.Equal(("p-1", 6L, parcel with { Marks = read.Value.Marks }), (read.Id, read.Position, read.Value));
        Assert.Equal(parcel.Marks, read.Value.Marks);
    }

    [Fact]
    public void An_order_is_written_as_earlier_releases_wrote_it()
    {
        var order = new OrderDetails(
            "o-1",
            "ada",
            "shipped",
            "EUR",
            39.90m,
            [new OrderDetailsLine("LAMP-1", null, 2, 19.95m, 39.90m)],
            [new OrderCheck("fraud", "failed", ["too much"], s_sent)],
            [new OrderPayment("p-1", 39.90m, "EUR", null, s_sent, 0, 0.5m)],
            new Shipment("post", "T1", s_sent, null),
            new PostalAddress("Ada", "12 St James Square", null, "SW1Y 4JH", "London", "GB"),
            [],
            null,
            s_sent,
            [new TimelineEntry(s_sent, "order-placed", null)],
            3);

        Assert.Equal(
            """
            {
              "_id" : "o-1",
              "_position" : NumberLong(17),
              "orderId" : "o-1",
              "customerId" : "ada",
              "status" : "shipped",
              "currency" : "EUR",
              "total" : NumberDecimal("39.90"),
              "lines" : [{
                  "sku" : "LAMP-1",
                  "name" : null,
                  "quantity" : NumberLong(2),
                  "unitPrice" : NumberDecimal("19.95"),
                  "amount" : NumberDecimal("39.90")
                }],
              "checks" : [{
                  "check" : "fraud",
                  "outcome" : "failed",
                  "reasons" : ["too much"],
                  "checkedAt" : ISODate("2026-02-28T23:59:59.123Z")
                }],
              "payments" : [{
                  "paymentId" : "p-1",
                  "amount" : NumberDecimal("39.90"),
                  "currency" : "EUR",
                  "reference" : null,
                  "receivedAt" : ISODate("2026-02-28T23:59:59.123Z"),
                  "refundRequested" : NumberDecimal("0"),
                  "refunded" : NumberDecimal("0.5")
                }],
              "shipment" : {
                "carrier" : "post",
                "trackingNumber" : "T1",
                "shippedAt" : ISODate("2026-02-28T23:59:59.123Z"),
                "deliveredAt" : null
              },
              "shippingAddress" : {
                "recipient" : "Ada",
                "line1" : "12 St James Square",
                "line2" : null,
                "postalCode" : "SW1Y 4JH",
                "city" : "London",
                "country" : "GB"
              },
              "rejectionReasons" : [],
              "cancellationReason" : null,
              "placedAt" : ISODate("2026-02-28T23:59:59.123Z"),
              "timeline" : [{
                  "at" : ISODate("2026-02-28T23:59:59.123Z"),
                  "event" : "order-placed",
                  "detail" : null
                }],
              "revision" : NumberLong(3)
            }
            """,
            JsonOf(new StoredDocument<OrderDetails>("o-1", 17, order)));
    }

    /// <summary>The driver would refuse a date in it when it is written, and keep of an enum its number alone.</summary>
    [Fact]
    public void A_member_that_can_hold_anything_is_refused_before_anything_is_written()
    {
        var document = new StoredDocument<Anything>("a", 1, new Anything(new DateOnly(2026, 3, 1)));

        var e = Assert.ThrowsAny<Exception>(() => document.ToBsonDocument());

        Assert.Contains("say of which type", e.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_struct_is_written_and_read_like_a_record()
    {
        var stored = new StoredDocument<Route>("r-1", 1, new Route(new Place(1, 2.5m), null, [new Place(3, 4)])).ToBsonDocument();

        Assert.Equal(
            new BsonDocument
            {
                { "_id", "r-1" },
                { "_position", 1L },
                { "from", new BsonDocument { { "x", 1L }, { "y", 2.5m } } },
                { "to", BsonNull.Value },
                { "over", new BsonArray { new BsonDocument { { "x", 3L }, { "y", 4m } } } },
            },
            stored);
        var read = BsonSerializer.Deserialize<StoredDocument<Route>>(stored).Value;
        Assert.Equal((new Place(1, 2.5m), (Place?)null, new Place(3, 4)), (read.From, read.To, Assert.Single(read.Over)));
    }

    [Fact]
    public void What_is_computed_is_not_stored()
        => Assert.Equal(["_id", "_position", "name"], new StoredDocument<Computing>("c", 1, new Computing("Ada")).ToBsonDocument().Names);

    /// <summary>On SQLite a field that is computed would do; here a query would find nothing by it.</summary>
    [Fact]
    public async Task What_a_query_filters_by_is_stored()
    {
        var configuration = new ConfigurationBuilder().Build();
        await using var services = new ServiceCollection().AddLogging().AddOrderlyServices(configuration).BuildServiceProvider();
        var views = services.GetServices<IProjectionWorker>().Select(worker => worker.View).ToList();

        Assert.Contains(views, view => view.Fields.Count > 0);
        Assert.All(views, view => Assert.Subset(NamesIn(view), view.Fields.Select(field => field.Name).ToHashSet()));

        static HashSet<string> NamesIn(View view)
        {
            var type = view.GetType().GetGenericArguments().Single();
            var document = RuntimeHelpers.GetUninitializedObject(type);
            var stored = Activator.CreateInstance(typeof(StoredDocument<>).MakeGenericType(type), "id", 0L, document)!;
            return [.. stored.ToBsonDocument(stored.GetType()).Names];
        }
    }

    /// <summary>As a person sees it in the server's shell, where each type has its own look.</summary>
    private static string JsonOf<TDocument>(StoredDocument<TDocument> document)
        where TDocument : class
    {
        var settings = new JsonWriterSettings { OutputMode = JsonOutputMode.Shell, Indent = true, NewLineChars = "\n" };
        return document.ToBsonDocument().ToJson(settings);
    }

    private sealed record Parcel(
        string Id,
        Guid Key,
        State State,
        State? Before,
        decimal Price,
        DateTimeOffset SentAt,
        DateTimeOffset? ArrivedAt,
        DateTime Printed,
        DateOnly Due,
        Size Size,
        IReadOnlyList<string> Marks)
    {
        [JsonIgnore]
        public decimal Twice => 2 * Price;
    }

    private sealed record Size(long Grams, decimal? Cubic);

    private sealed record Anything(object Value);

    private sealed record Route(Place From, Place? To, IReadOnlyList<Place> Over);

    private readonly record struct Place(long X, decimal Y);

    private sealed record Computing(string Name)
    {
        public string Upper => Name.ToUpperInvariant();
    }
}
