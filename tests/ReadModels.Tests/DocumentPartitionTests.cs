using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Tests;

/// <summary>Where a document is, is stored: the answers may never change.</summary>
public sealed class DocumentPartitionTests
{
    [Theory]
    [InlineData("", 2, 1)]
    [InlineData("", 1000, 923)]
    [InlineData("a", 2, 1)]
    [InlineData("a", 8, 7)]
    [InlineData("a", 1000, 55)]
    [InlineData("order-1", 3, 0)]
    [InlineData("order-1", 8, 3)]
    [InlineData("order-1", 16, 11)]
    [InlineData("order-2", 8, 2)]
    [InlineData("0197b0f3-5f6e-7c3a-9d1e-2f4a6b8c0d12", 8, 0)]
    [InlineData("0197b0f3-5f6e-7c3a-9d1e-2f4a6b8c0d12", 1000, 456)]
    [InlineData("Größe", 8, 6)]
    [InlineData("👩‍🚀", 16, 13)]
    [InlineData("👩‍🚀", 1000, 621)]
    public void A_document_stays_in_its_partition(string id, int count, int expected)
        => Assert.Equal(expected, DocumentPartition.Of(id, count));

    [Fact]
    public void Where_there_is_one_partition_every_document_is_in_it()
        => Assert.All(Ids("order-{0}"), id => Assert.Equal(0, DocumentPartition.Of(id, 1)));

    [Theory]
    [InlineData("order-{0}")]
    [InlineData("SKU-{0:D6}")]
    [InlineData("0197b0f3-5f6e-7c3a-9d1e-{0:x12}")]
    [InlineData("{0}@example.org")]
    [InlineData("{0:x8}{0:x8}")]
    public void Documents_are_spread_evenly(string format)
    {
        var ids = Ids(format).ToList();
        foreach (var count in (int[])[2, 3, 4, 5, 8, 16])
        {
            var sizes = ids.CountBy(id => DocumentPartition.Of(id, count)).ToDictionary();

            Assert.Equal(Enumerable.Range(0, count), sizes.Keys.Order());
            var even = (double)ids.Count / count;
            Assert.All(sizes.Values, size => Assert.InRange(size, 0.85 * even, 1.15 * even));
        }
    }

    private static IEnumerable<string> Ids(string format)
        => Enumerable.Range(0, 16_000).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, i));
}
