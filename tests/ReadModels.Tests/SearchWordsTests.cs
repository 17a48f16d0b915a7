using Orderly.ReadModels.ViewStore;

namespace Orderly.ReadModels.Tests;

public class SearchWordsTests
{
    [Theory]
    [InlineData("Ann Example, 12 Main-Street", "ann example 12 main-street")]
    [InlineData("ann ANN Ann", "ann")]
    [InlineData("Ærøskøbing Łódź Đà Nẵng ÇA Œuvre", "aeroskobing lodz da nang ca oeuvre")]
    [InlineData("STRASSE straße STRAẞE", "strasse")]
    [InlineData("İstanbul ISTANBUL ılık", "istanbul ilik")]
    [InlineData("Ёлка ЙОД", "елка иод")]
    [InlineData("Ὀδυσσεύς ΟΔΟΣ οδός", "ὀδυσσευσ οδοσ")]
    [InlineData("e\u0301te\u0301 Å", "ete a")]
    [InlineData("o'brien a.b@c_d", "o brien a b c_d")]
    [InlineData("-tea- _x_ --", "tea x")]
    [InlineData("a--b", "a--b")]
    [InlineData("日本語 テスト", "日本語 テスト")]
    [InlineData("٣ ½ ²", "٣")]
    [InlineData("a\ud800b\udc00c\ufffe\uffff\0d", "a b c d")]
    [InlineData("!?*\"()", "")]
    [InlineData("", "")]
    public void A_search_has_these_words(string text, string words) => Assert.Equal(words, string.Join(' ', SearchWords.InQuery(text)));

    [Fact]
    public void A_text_is_found_by_each_part_of_a_word()
    {
        Assert.Equal(["2-x", "ann", "tea-2-x", "x"], SearchWords.Of("TEA-2-X", null, "Ann", "ann"));
        Assert.Equal(["b", "a--b"], SearchWords.Of("a--b").OrderByDescending(word => word));
        Assert.Empty(SearchWords.Of(null, "", "-"));
    }

    /// <summary>What somebody searches for in the words of a text, all of it or the start of a part, is found in it.</summary>
    [Fact]
    public void Every_word_of_a_text_finds_the_text()
    {
        foreach (var text in new[]
        {
            "0190f3a4-0000-7000-8000-0000000000ab", "Herr Müller-Lüdenscheidt", "o'Brien & Söhne", "a-b-c-d-e-f-g-h",
            new string('ö', 5000), "x-" + new string('y', 5000),
        })
        {
            var words = SearchWords.Of(text);
            foreach (var word in SearchWords.InQuery(text).Concat(SearchWords.InQuery(text.Split('-')[^1][..1])).Take(10))
            {
                Assert.Contains(words, one => one.StartsWith(word, StringComparison.Ordinal));
            }

            Assert.All(words, word => Assert.InRange(word.Length, 1, SearchWords.MaxLength));
        }
    }

    /// <summary>A text full of hyphens must not become many times as many words.</summary>
    [Fact]
    public void The_words_of_a_text_are_bounded()
        => Assert.InRange(
            SearchWords.Of(string.Join('-', Enumerable.Range(0, 1000))).Sum(word => word.Length), 1, 8 * SearchWords.MaxLength);
}
