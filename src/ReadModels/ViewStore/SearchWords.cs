using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Orderly.ReadModels.ViewStore;

/// <summary>
/// What full-text search takes for the words of a text. Every store searches for these, so that all of them find the same
/// (docs/decisions/0014-one-tokenizer-for-full-text.md).
/// </summary>
/// <remarks>
/// A word is a run of letters and digits in lower case, without diacritics. Inside of one, <c>-</c> and <c>_</c> belong to it, so
/// that an id is one word; anything else separates words. Scripts that are written without spaces are not taken apart.
/// </remarks>
public static class SearchWords
{
    /// <summary>What a word has beyond this many characters does not count.</summary>
    public const int MaxLength = 200;

    /// <summary>Follows, behind a word, everything that begins with it: the last code point, which is in no word.</summary>
    public const string EndOfPrefix = "\U0010FFFF";

    /// <summary>In how many places a word with <c>-</c> or <c>_</c> can be found: at its start, and behind the first of them.</summary>
    private const int MaxParts = 8;

    // Letters after folding of case, with what they are searched as: those of Unicode's canonical decompositions in the Latin,
    // Greek and Cyrillic blocks, and those that people write with plain letters where a keyboard lacks them. A table, since a
    // program without culture data (InvariantGlobalization) can't decompose.
    private static readonly FrozenDictionary<char, string> s_plain = Plain(
        "a àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ", "b ḃḅḇ", "c çćĉċčḉ", "d ďḋḍḏḑḓđ", "e èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ", "f ḟ", "g ĝğġģǧǵḡ",
        "h ĥȟḣḥḧḩḫẖħ",
        "i ìíîïĩīĭįǐȉȋḭḯỉịıİ", "j ĵǰ", "k ķǩḱḳḵ", "l ĺļľḷḹḻḽł", "m ḿṁṃ", "n ñńņňǹṅṇṉṋ", "o òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợøǿ", "p ṕṗ",
        "r ŕŗřȑȓṙṛṝṟ", "s śŝşšșṡṣṥṧṩ", "t ţťțṫṭṯṱẗŧ", "u ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự", "v ṽṿ", "w ŵẁẃẅẇẉẘ", "x ẋẍ", "y ýÿŷȳẏẙỳỵỷỹ",
        "z źżžẑẓẕ", "ae æǣǽ", "oe œ", "ss ß", "α ά", "ε έ", "η ή", "ι ΐίϊ", "ο ό", "υ ΰϋύ", "ω ώ", "а ӑӓ", "г ѓ", "е ѐёӗ", "ж ӂӝ", "з ӟ",
        "и йѝӣӥ", "к ќ", "о ӧ", "у ўӯӱӳ", "ч ӵ", "ы ӹ", "э ӭ", "і ї");

    /// <summary>
    /// The words by which texts are found, each once, in ordinal order. A word such as <c>tea-1</c> is found by its parts too.
    /// </summary>
    public static IReadOnlyList<string> Of(params IEnumerable<string?> texts)
    {
        SortedSet<string> words = new(StringComparer.Ordinal);
        foreach (var run in texts.OfType<string>().SelectMany(Runs))
        {
            // A word is found by how it begins, so its end from each of its parts on is enough.
            var start = 0;
            for (var part = 0; part < MaxParts && start < run.Length; part++)
            {
                words.Add(Cut(run[start..]));
                start = NextPart(run, start);
            }
        }

        return [.. words];
    }

    /// <summary>
    /// The words that somebody searches for, each once, in the order of the text; none when it has no letter and no digit.
    /// </summary>
    public static IReadOnlyList<string> InQuery(string text) => [.. Runs(text).Select(Cut).Distinct(StringComparer.Ordinal)];

    private static int NextPart(string run, int start)
    {
        var joiner = run.AsSpan(start).IndexOfAny('-', '_');
        if (joiner < 0)
        {
            return run.Length;
        }

        start += joiner;
        while (run[start] is '-' or '_')
        {
            start++; // A run does not end with one.
        }

        return start;
    }

    private static IEnumerable<string> Runs(string text)
    {
        var run = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '-' or '_')
            {
                // Not at the start, where it is punctuation.
                _ = run.Length > 0 ? run.Append((char)rune.Value) : run;
            }
            else if (IsOfWord(rune))
            {
                Append(run, rune);
            }
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark && Take(run) is { } word)
            {
                // An accent that is a character of its own is left out, and does not end the word.
                yield return word;
            }
        }

        if (Take(run) is { } last)
        {
            yield return last;
        }
    }

    private static bool IsOfWord(Rune rune)
        => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpacingCombiningMark;

    private static void Append(StringBuilder run, Rune rune)
    {
        // By way of upper case, so that both small sigmas are one letter.
        var folded = Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune));
        _ = folded.IsBmp && s_plain.TryGetValue((char)folded.Value, out var plain) ? run.Append(plain) : run.Append(folded.ToString());
    }

    private static string? Take(StringBuilder run)
    {
        var word = run.ToString().TrimEnd('-', '_');
        run.Clear();
        return word.Length == 0 ? null : word;
    }

    private static string Cut(string word)
        => word.Length <= MaxLength
            ? word
            : word[..(char.IsHighSurrogate(word[MaxLength - 1]) ? MaxLength - 1 : MaxLength)].TrimEnd('-', '_');

    private static FrozenDictionary<char, string> Plain(params IEnumerable<string> groups)
        => (from @group in groups
            let parts = @group.Split(' ')
            from letter in parts[1]
            select KeyValuePair.Create(letter, parts[0])).ToFrozenDictionary();
}
