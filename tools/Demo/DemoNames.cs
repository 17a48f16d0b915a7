using System.Globalization;
using System.Text.Json.Nodes;

namespace Orderly.Demo;

/// <summary>A product of a demo.</summary>
/// <param name="UnitPrice">In the demo's currency.</param>
internal sealed record DemoProduct(string Sku, string Name, string Description, decimal UnitPrice);

/// <summary>Names, prices and places that a shop could have.</summary>
internal static class DemoNames
{
    private static readonly string[] s_firstNames =
    [
        "Ada", "Aisha", "Ángel", "Anna", "Björn", "Chiara", "Chloé", "Daan", "Dmitri", "Elif", "Emma", "Fatima", "Grace", "Hana",
        "Hugo", "Ines", "Jakub", "Jean",
        "Jun", "Kofi", "Lars", "Leila", "Luca", "Łukasz", "Maria", "Mats", "Nadia", "Noah", "Olga", "Pedro", "Priya", "Quentin",
        "Rosa", "Søren", "Tomáš", "Wei", "Yuki", "Zoë",
    ];

    private static readonly string[] s_lastNames =
    [
        "Andersen", "Bakker", "Bianchi", "Brown", "Dubois", "Fernández", "Fischer", "García", "Haddad", "Horváth", "Ivanova",
        "Jansen", "Kaya", "Kowalska", "Larsen", "Lee",
        "Lefèvre", "Lovelace", "Martin", "Mensah", "Müller", "Nakamura", "Novák", "O'Connor", "Okafor", "Peters", "Popescu",
        "Ricci", "Santos", "Schmidt", "Silva", "Singh",
        "Smith", "Tanaka", "Virtanen", "Wang", "Weiß", "Yılmaz",
    ];

    private static readonly string[] s_levels = ["bronze", "bronze", "bronze", "silver", "silver", "gold", "platinum"];

    private static readonly (string City, string PostalCode, string Country, string Street)[] s_places =
    [
        ("London", "SW1Y 4JH", "GB", "St James Square"), ("Berlin", "10115", "DE", "Invalidenstraße"),
        ("Paris", "75011", "FR", "Rue Oberkampf"),
        ("Kraków", "31-042", "PL", "Rynek Główny"), ("Lisboa", "1100-148", "PT", "Rua Augusta"), ("København", "1250", "DK", "Bredgade"),
        ("Wien", "1070", "AT", "Neubaugasse"), ("Utrecht", "3511", "NL", "Oudegracht"), ("Torino", "10121", "IT", "Via Roma"),
        ("Zürich", "8001", "CH", "Bahnhofstrasse"),
    ];

    private static readonly string[] s_adjectives =
    [
        "plain", "folding", "small", "large", "wooden", "steel", "woollen", "blue", "red", "green", "travel", "garden", "kitchen", "desk",
        "classic",
    ];

    private static readonly (string Noun, int From, int To)[] s_goods =
    [
        ("lamp", 15, 110), ("chair", 40, 119), ("mug", 4, 18), ("notebook", 3, 15), ("blanket", 20, 80), ("kettle", 18, 70),
        ("knife", 8, 60), ("bag", 15, 95),
        ("clock", 12, 90), ("cushion", 9, 35), ("bottle", 6, 30), ("pencil set", 3, 25), ("tea", 4, 20), ("coffee", 5, 25),
        ("towel", 7, 40), ("basket", 9, 45),
    ];

    /// <summary>The address is one that nobody can have (RFC 2606).</summary>
    public static (string Name, string Email, string Level) Customer(Random random, int number)
    {
        var name = $"{Pick(s_firstNames, random)} {Pick(s_lastNames, random)}";
        return (name, string.Create(CultureInfo.InvariantCulture, $"customer{number + 1}@example.com"), Pick(s_levels, random));
    }

    /// <summary>Where the customer of this chance lives.</summary>
    public static JsonObject Address(Random random)
    {
        var (name, _, _) = Customer(random, 0);
        var (city, postalCode, country, street) = Pick(s_places, random);
        return new JsonObject
        {
            ["recipient"] = name,
            ["line1"] = string.Create(CultureInfo.InvariantCulture, $"{street} {random.Next(1, 120)}"),
            ["postalCode"] = postalCode,
            ["city"] = city,
            ["country"] = country,
        };
    }

    public static DemoProduct Product(Random random, string sku)
    {
        var (noun, from, to) = Pick(s_goods, random);
        var name = $"{Pick(s_adjectives, random)} {noun}";
        var price = random.Next(from, to) + (Pick([0, 50, 90, 95, 99], random) / 100m);
        return new DemoProduct(sku, char.ToUpperInvariant(name[0]) + name[1..], $"A {name}.", price);
    }

    private static T Pick<T>(T[] values, Random random) => values[random.Next(values.Length)];
}
