using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Orderly.Domain.Deciding;

namespace Orderly.Demo;

/// <summary>
/// A shop as it could be, made from a seed: nothing here depends on the clock, or on what the service answers. So a demo that is run
/// again repeats itself, and one that was broken off is carried on.
/// </summary>
public sealed class DemoPlan
{
    private const string Currency = "EUR";
    private const string OtherCurrency = "USD";
    private const int FirstStock = 300;
    private const int LowStock = 60;

    /// <summary>The service's default fraud limit, and how near to it an honest customer comes.</summary>
    private const decimal FraudLimit = 2_000;
    private const decimal HonestLimit = 1_800;

    private const double BurstShare = 0.01;
    private const int BurstOrders = 5;
    private const decimal BurstOrderTotal = 600;
    private const int Excess = 100_000;

    private static readonly (DemoFlaw Flaw, double Share)[] s_flaws =
        [(DemoFlaw.StalePrice, 0.04), (DemoFlaw.UnknownSku, 0.02), (DemoFlaw.MoreThanStock, 0.03)];

    private static readonly (DemoFate Fate, double Share)[] s_fates =
    [
        (DemoFate.CancelledAtOnce, 0.03),
        (DemoFate.CancelledUnpaid, 0.04),
        (DemoFate.CancelledPaid, 0.04),
        (DemoFate.NeverPaid, 0.05),
        (DemoFate.Shipped, 0.04),
    ];

    private static readonly string[] s_reasons =
        ["changed my mind", "found it cheaper elsewhere", "ordered twice by mistake", "takes too long"];

    private static readonly string[] s_carriers = ["Northern Parcel", "Swift Post", "Blue Van"];

    private readonly DemoSettings _settings;
    private readonly string _tag;
    private readonly IReadOnlyList<DemoProduct> _products;

    public DemoPlan(DemoSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Customers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Products, 4);
        _settings = settings;
        var id = CommandIds.FromName("demo", Text(settings.Seed), settings.Run, Text(settings.Customers), Text(settings.Products));
        _tag = id.ToString("N")[..8];
        _products = [.. Enumerable.Range(0, settings.Products).Select(Product)];
    }

    /// <summary>What the ids of everything in this demo begin with.</summary>
    public string Prefix => $"demo-{_tag}-";

    /// <summary>Customers, in any order; then products, in any order; then their first stock.</summary>
    public IReadOnlyList<IReadOnlyList<DemoRequest>> Opening()
        =>
        [
            [.. Enumerable.Range(0, _settings.Customers).Select(Register)],
            [.. _products.Select(Add)],
            [.. _products.Select(product => Receive(product, 0, FirstStock))],
        ];

    /// <summary>Orders without end; each time the same.</summary>
    public IEnumerable<DemoOrder> Orders()
    {
        var random = RandomFor("orders", 0);
        var shop = new Shop(Enumerable.Repeat(0m, _settings.Customers), Enumerable.Repeat((long)FirstStock, _products.Count));
        for (var number = 1; ;)
        {
            if (random.NextDouble() >= BurstShare)
            {
                yield return Ordinary(number++, random, shop);
                continue;
            }

            // Somebody new who orders far too much at a time.
            List<DemoRequest> before = [Join(shop)];
            var customer = shop.Spent.Count - 1;
            for (var i = 0; i < BurstOrders; i++)
            {
                var product = random.Next(_products.Count);
                var line = new Line(_products[product], decimal.ToInt64(decimal.Ceiling(BurstOrderTotal / _products[product].UnitPrice)));
                Restock(shop, product, line.Quantity, before);
                shop.Spent[customer] += line.Amount;
                var flaw = shop.Spent[customer] < FraudLimit ? DemoFlaw.None : DemoFlaw.OverLimit;
                yield return Order(number++, random, customer, [line], flaw, before);
                before = [];
            }
        }
    }

    private DemoOrder Ordinary(int number, Random random, Shop shop)
    {
        List<DemoRequest> before = [];
        var flaw = Draw(s_flaws, random, DemoFlaw.None);
        List<Line> lines = [];
        foreach (var product in Basket(random))
        {
            var quantity = random.NextDouble() < 0.8 ? 1 : random.Next(2, 4);
            Restock(shop, product, quantity, before);
            lines.Add(new Line(_products[product], quantity));
        }

        var first = lines[0];
        lines[0] = flaw switch
        {
            DemoFlaw.StalePrice => first with { Product = first.Product with { UnitPrice = first.Product.UnitPrice + 0.5m } },
            DemoFlaw.UnknownSku => first with { Product = first.Product with { Sku = first.Product.Sku + "-GONE" } },
            DemoFlaw.MoreThanStock => first with { Quantity = Excess },
            _ => first,
        };
        return Order(number, random, Customer(random, shop, lines.Sum(line => line.Amount), before), lines, flaw, before);
    }

    /// <summary>Some sell much better than others, and things that are close in the catalogue are bought together.</summary>
    private List<int> Basket(Random random)
    {
        var draw = random.NextDouble();
        var product = (int)(draw * draw * _products.Count);
        List<int> basket = [product];
        while (basket.Count < 4 && random.NextDouble() < 0.4)
        {
            var other = (product + random.Next(1, 4)) % _products.Count;
            if (!basket.Contains(other))
            {
                basket.Add(other);
            }
        }

        return basket;
    }

    /// <summary>Somebody who may still order so much; else somebody new. Who orders more than anybody may is not asked again.</summary>
    private int Customer(Random random, Shop shop, decimal total, List<DemoRequest> before)
    {
        for (var tries = 0; tries < 20; tries++)
        {
            var customer = random.Next(shop.Spent.Count);
            if (shop.Spent[customer] + total < HonestLimit)
            {
                shop.Spent[customer] += total;
                return customer;
            }
        }

        before.Add(Join(shop));
        shop.Spent[^1] = total;
        return shop.Spent.Count - 1;
    }

    private DemoRequest Join(Shop shop)
    {
        shop.Spent.Add(0);
        return Register(shop.Spent.Count - 1);
    }

    /// <summary>
    /// Counts what is taken, and orders more before it runs low. What comes back from cancelled orders is left out: so there is rather
    /// more.
    /// </summary>
    private void Restock(Shop shop, int product, long quantity, List<DemoRequest> before)
    {
        if (shop.Stock[product] - quantity < LowStock)
        {
            var received = FirstStock + quantity;
            shop.Stock[product] += received;
            before.Add(Receive(_products[product], ++shop.Receipts[product], received));
        }

        shop.Stock[product] -= quantity;
    }

    private DemoOrder Order(
        int number, Random random, int customer, IReadOnlyList<Line> lines, DemoFlaw flaw, IReadOnlyList<DemoRequest> before)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{Prefix}o{number:D6}");
        var path = $"/v1/orders/{id}";
        var fate = Draw(s_fates, random, DemoFate.Delivered);
        var total = lines.Sum(line => line.Amount);
        var payments = fate is DemoFate.NeverPaid or DemoFate.CancelledUnpaid or DemoFate.CancelledAtOnce ? [] : Payments(random, total);
        var address = DemoNames.Address(RandomFor("customer", customer));
        return new DemoOrder(
            id,
            flaw,
            fate,
            before,
            Request("place order", "/v1/orders", id, new JsonObject
            {
                ["orderId"] = id,
                ["customerId"] = CustomerId(customer),
                ["currency"] = Currency,
                ["lines"] = new JsonArray([.. lines.Select(line => new JsonObject
                {
                    ["sku"] = line.Product.Sku,
                    ["quantity"] = line.Quantity,
                    ["unitPrice"] = line.Product.UnitPrice,
                })]),
                ["shippingAddress"] = address,
            }),
            [.. payments.Select((payment, index) => Request("pay", $"{path}/payments", $"{id}-p{Text(index + 1)}", new JsonObject
            {
                ["paymentId"] = $"{id}-p{Text(index + 1)}",
                ["amount"] = payment.Amount,
                ["currency"] = payment.Currency,
                ["reference"] = id,
            }))],
            Request("ship", $"{path}/shipment", $"{id}-ship", new JsonObject
            {
                ["carrier"] = Pick(s_carriers, random),
                ["trackingNumber"] = $"TN{_tag.ToUpperInvariant()}{number:D6}",
            }),
            Request("deliver", $"{path}/delivery", $"{id}-deliver", []),
            Request("cancel", $"{path}/cancellation", $"{id}-cancel", new JsonObject { ["reason"] = Pick(s_reasons, random) }),
            TimeSpan.FromMilliseconds(random.Next(50, 1_000)));
    }

    /// <summary>Most pay at once; some in parts, too much, or first in another currency.</summary>
    private static IReadOnlyList<(decimal Amount, string Currency)> Payments(Random random, decimal total)
    {
        var draw = random.NextDouble();
        var part = Math.Max(0.01m, decimal.Round(total * (decimal)(0.2 + (0.3 * random.NextDouble())), 2));
        return draw switch
        {
            < 0.10 when part < total => [(part, Currency), (total - part, Currency)],
            < 0.15 when part * 2 < total => [(part, Currency), (part, Currency), (total - (part * 2), Currency)],
            < 0.21 => [(total + part, Currency)],
            < 0.25 => [(total, OtherCurrency), (total, Currency)],
            _ => [(total, Currency)],
        };
    }

    private DemoRequest Register(int customer)
    {
        var id = CustomerId(customer);
        var (name, email, level) = DemoNames.Customer(RandomFor("customer", customer), customer);
        return Request("register customer", "/v1/customers", id, new JsonObject
        {
            ["customerId"] = id,
            ["name"] = name,
            ["email"] = email,
            ["level"] = level,
        });
    }

    private DemoProduct Product(int index)
        => DemoNames.Product(RandomFor("product", index), $"DEMO-{_tag.ToUpperInvariant()}-{index + 1:D4}");

    private DemoRequest Add(DemoProduct product) => Request("add product", "/v1/products", product.Sku, new JsonObject
    {
        ["sku"] = product.Sku,
        ["name"] = product.Name,
        ["description"] = product.Description,
        ["unitPrice"] = product.UnitPrice,
        ["currency"] = Currency,
    });

    private DemoRequest Receive(DemoProduct product, int number, long quantity)
        => Request("receive stock", $"/v1/products/{product.Sku}/stock-receipts", $"{product.Sku}-r{Text(number)}", new JsonObject
        {
            ["quantity"] = quantity,
            ["reference"] = $"delivery {Text(number)}",
        });

    private DemoRequest Request(string kind, string path, string name, JsonObject body)
        => new(kind, path, body.ToJsonString(), $"demo/{_tag}/{name}");

    private string CustomerId(int customer) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}c{customer + 1:D5}");

    /// <summary>Each thing has chance of its own, so that it does not depend on what came before it.</summary>
    private Random RandomFor(string kind, int index)
    {
        Span<byte> bytes = stackalloc byte[16];
        CommandIds.FromName(_tag, kind, Text(index)).TryWriteBytes(bytes);
        return new Random(BinaryPrimitives.ReadInt32LittleEndian(bytes));
    }

    private static T Draw<T>((T Value, double Share)[] shares, Random random, T otherwise)
    {
        var draw = random.NextDouble();
        foreach (var (value, share) in shares)
        {
            if ((draw -= share) < 0)
            {
                return value;
            }
        }

        return otherwise;
    }

    private static string Pick(string[] values, Random random) => values[random.Next(values.Length)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Line(DemoProduct Product, long Quantity)
    {
        public decimal Amount => Quantity * Product.UnitPrice;
    }

    /// <summary>What the plan counts while orders are made.</summary>
    private sealed class Shop(IEnumerable<decimal> spent, IEnumerable<long> stock)
    {
        /// <summary>By customer.</summary>
        public List<decimal> Spent { get; } = [.. spent];

        /// <summary>By product.</summary>
        public long[] Stock { get; } = [.. stock];

        public int[] Receipts { get; } = new int[stock.Count()];
    }
}
