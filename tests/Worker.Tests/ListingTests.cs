using Orderly.Worker.Commands;

namespace Orderly.Worker.Tests;

/// <summary>Rows under headings, on terminals and for scripts.</summary>
public class ListingTests
{
    private static readonly Column<(string Name, string? Note, int Count)>[] s_columns =
    [
        new("name", row => row.Name),
        new("note", row => row.Note, Rank: 2),
        new("count", row => row.Count.ToString("D", null), Rank: 1, IsNumber: true),
    ];

    [Fact]
    public void Columns_of_a_high_rank_are_left_out_first()
    {
        (string, string?, int)[] rows = [("apples", "red ones", 7), ("figs", null, 120)];
        string[] all = ["name    note      count", "apples  red ones      7", "figs    -           120"];
        Assert.Equal(all, Listing.Of(rows, s_columns, null));
        Assert.Equal(all, Listing.Of(rows, s_columns, 23));
        Assert.Equal(["name    count", "apples      7", "figs      120"], Listing.Of(rows, s_columns, 22));
        Assert.Equal(["name", "apples", "figs"], Listing.Of(rows, s_columns, 12));
        Assert.Equal(["name", "apples", "figs"], Listing.Of(rows, s_columns, 2));
    }

    /// <summary>A script tells the cells by the spaces between them.</summary>
    [Fact]
    public void A_cell_has_single_spaces_and_nothing_that_moves_the_cursor()
        => Assert.Equal(
            ["name  note       count", "two   a \uFFFD[2Jb c      1"], Listing.Of([("two", "a\n \e[2Jb\tc", 1)], s_columns, null));

    [Fact]
    public void Wide_characters_take_their_room()
    {
        Assert.Equal(["name  note  count", "東京  -         1", "abcd  -         2"], Listing.Of(
            [("東京", null, 1), ("abcd", (string?)null, 2)], s_columns, null));
        Assert.Equal("東…", Listing.Cut("東京都", 4));
        Assert.Equal("東京…", Listing.Cut("東京都庁", 5));
        Assert.Equal("東京", Listing.Cut("東京", 4));
    }

    [Theory]
    [InlineData(null, "the quick brown fox jumps")]
    [InlineData(25, "the quick brown fox jumps")]
    [InlineData(24, "the quick brown fox", "  jumps")]
    [InlineData(15, "the quick brown", "  fox jumps")]
    [InlineData(9, "the quick", "  brown", "  fox", "  jumps")]
    [InlineData(6, "the", "  quic", "  k", "  brow", "  n", "  fox", "  jump", "  s")]
    public void A_text_is_broken_at_its_spaces(int? width, params string[] lines)
        => Assert.Equal(lines, Listing.Wrap("the quick  brown fox\njumps", width));
}
