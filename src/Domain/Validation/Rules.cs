using System.Text.RegularExpressions;
using FluentValidation;

namespace Orderly.Domain.Validation;

/// <summary>The rules that the whole domain shares: here those for ids and texts.</summary>
public static partial class Rules
{
    public const string IdMessage = "must be 1 to 64 lower-case letters, digits, '-' or '_'.";

    /// <summary>Whether a string is an id: lower-case letters, digits, <c>-</c> and <c>_</c>, 1 to 64 characters.</summary>
    public static bool IsId(string? value) => value is not null && Id().IsMatch(value);

    /// <summary>A text that is there: not blank, no control characters, at most <paramref name="maxLength"/> characters.</summary>
    public static bool IsRequiredText(string? value, int maxLength) => !string.IsNullOrWhiteSpace(value) && IsText(value, maxLength);

    public static IRuleBuilderOptions<T, string> ValidId<T>(this IRuleBuilder<T, string> rule) => rule.Must(IsId).WithMessage(IdMessage);

    public static IRuleBuilderOptions<T, string> RequiredText<T>(this IRuleBuilder<T, string> rule, int maxLength)
        => rule.Must(value => IsRequiredText(value, maxLength)).WithMessage(RequiredTextMessage(maxLength));

    /// <summary>A text that may be left out.</summary>
    public static IRuleBuilderOptions<T, string?> OptionalText<T>(this IRuleBuilder<T, string?> rule, int maxLength)
        => rule.Must(value => IsOptionalText(value, maxLength)).WithMessage(OptionalTextMessage(maxLength));

    /// <summary>One of the names of an enumeration, in lower case.</summary>
    public static IRuleBuilderOptions<T, string> OneOf<T, TEnum>(this IRuleBuilder<T, string> rule)
        where TEnum : struct, Enum
        => rule.Must(value => LowerCase<TEnum>.TryParse(value, out _)).WithMessage(
            $"must be one of {string.Join(", ", LowerCase<TEnum>.Names)}.");

    internal static bool IsOptionalText(string? value, int maxLength) => value is null || IsText(value, maxLength);

    internal static string RequiredTextMessage(int maxLength)
        => $"must be 1 to {maxLength} characters, not blank and without control characters.";

    internal static string OptionalTextMessage(int maxLength) => $"must be at most {maxLength} characters, without control characters.";

    private static bool IsText(string value, int maxLength)
        => value.Length <= maxLength && !value.Any(char.IsControl) && IsWellFormed(value);

    /// <summary>No half of a surrogate pair on its own: such a text can't be stored as UTF-8 and come back.</summary>
    private static bool IsWellFormed(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsSurrogatePair(value, i))
            {
                i++;
            }
            else if (char.IsSurrogate(value[i]))
            {
                return false;
            }
        }

        return true;
    }

    [GeneratedRegex("^[a-z0-9_-]{1,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
