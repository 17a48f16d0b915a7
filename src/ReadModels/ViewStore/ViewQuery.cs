namespace Orderly.ReadModels.ViewStore;

/// <summary>Which documents to look for, and in which order. Without a sort they come in the order of their ids (ordinal).</summary>
/// <param name="Conditions">All of them must hold.</param>
/// <param name="Limit">The most documents to return, at least 1.</param>
/// <param name="AfterId">
/// Only documents with a greater id; with a sort, only those behind <see cref="ViewSort.After"/> and this id; null: from the first.
/// </param>
public sealed record ViewQuery(IReadOnlyList<ViewCondition> Conditions, int Limit, string? AfterId = null)
{
    /// <summary>
    /// Only documents with a smaller id; null: to the last. Without a sort it is, with <see cref="AfterId"/>, one range of one index.
    /// </summary>
    public string? BeforeId { get; init; }

    /// <summary>Null: by id.</summary>
    public ViewSort? Sort { get; init; }

    /// <summary>Throws when the query can't be asked of the view.</summary>
    /// <exception cref="ArgumentException">
    /// It names a field that the view does not declare, or does with it what its kind does not allow, such as to compare a number
    /// with a text; the limit is less than 1; or of a place to go on from half is missing.
    /// </exception>
    public void Validate(View view)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit, 1);
        foreach (var condition in Conditions)
        {
            Validate(view, condition);
        }

        if (Sort is { } sort)
        {
            RequireComparable(view, sort.Field, sort.After);
            if (sort.After is null != AfterId is null)
            {
                throw new ArgumentException("A sorted query goes on behind a value and an id, or starts with the first document.");
            }
        }
    }

    private static void Validate(View view, ViewCondition condition)
    {
        switch (condition)
        {
            case ViewCondition.LessThan less:
                RequireComparable(view, less.Field, less.Value);
                break;
            case ViewCondition.AtLeast least:
                RequireComparable(view, least.Field, least.Value);
                break;
            case ViewCondition.OneOf one:
                RequireField(view, one.Field, ViewFieldKind.Keyword, ViewFieldKind.Keywords);
                break;
            case ViewCondition.Contains contains:
                contains.Fields.ToList().ForEach(field => RequireField(view, field, ViewFieldKind.Plain, ViewFieldKind.Keyword));
                break;
            case ViewCondition.Matches matches:
                RequireField(view, matches.Field, ViewFieldKind.Words);
                break;
        }
    }

    /// <param name="value">Null: the field has only to be one that can be compared.</param>
    private static void RequireComparable(View view, string name, ViewValue? value)
    {
        var field = RequireField(view, name, ViewFieldKind.Plain, ViewFieldKind.Keyword);
        if (value is { IsText: var isText } && isText != (field.Kind == ViewFieldKind.Keyword))
        {
            throw new ArgumentException(
                $"The field '{name}' of the view '{view.Name}' is compared with {(isText ? "numbers" : "texts")} only.", nameof(value));
        }
    }

    private static ViewField RequireField(View view, string name, params ReadOnlySpan<ViewFieldKind> kinds)
    {
        var field = view.FieldOf(name);
        return kinds.Contains(field.Kind)
            ? field
            : throw new ArgumentException(
                $"The field '{name}' of the view '{view.Name}' is of the kind {field.Kind}, with which that can't be done.", nameof(name));
    }
}

/// <summary>
/// The order of a query's answer: by a field that is a number or a keyword and, where that is equal, by id; both in the same direction.
/// Documents that have no such value there are left out.
/// </summary>
/// <param name="Descending">Whether the greatest comes first.</param>
/// <param name="After">
/// With <see cref="ViewQuery.AfterId"/>, the place to go on from: what the last document that was seen had in the field.
/// </param>
public sealed record ViewSort(string Field, bool Descending = false, ViewValue? After = null);

/// <summary>What a field is compared with: a number, or a text.</summary>
public readonly record struct ViewValue
{
    private ViewValue(long number, string? text) => (Number, Text) = (number, text);

    public bool IsText => Text is not null;

    /// <summary>Null when it is a number.</summary>
    public string? Text { get; }

    /// <summary>0 when it is a text.</summary>
    public long Number { get; }

    public static implicit operator ViewValue(long number) => new(number, null);

    public static implicit operator ViewValue(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ViewValue(0, text);
    }
}

/// <summary>A condition on declared fields of a view: one of the nested cases. Documents without a value there fit none.</summary>
public abstract record ViewCondition
{
    private ViewCondition()
    {
    }

    /// <summary>The field, a number or a keyword, is smaller than <paramref name="Value"/>.</summary>
    public sealed record LessThan(string Field, ViewValue Value) : ViewCondition;

    /// <summary>The field, a number or a keyword, is <paramref name="Value"/> or greater.</summary>
    public sealed record AtLeast(string Field, ViewValue Value) : ViewCondition;

    /// <summary>The field is a keyword that is one of the texts, or a list of keywords that has at least one of them.</summary>
    public sealed record OneOf(string Field, params IReadOnlyList<string> Texts) : ViewCondition;

    /// <summary>At least one of the fields contains the text, whatever the case of the letters.</summary>
    public sealed record Contains(IReadOnlyList<string> Fields, string Text) : ViewCondition;

    /// <summary>
    /// Each word of the text, as <see cref="SearchWords.InQuery"/> finds them, begins one of the field's words. A text without words finds
    /// nothing.
    /// </summary>
    public sealed record Matches(string Field, string Text) : ViewCondition;
}
