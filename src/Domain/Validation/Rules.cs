using System.Globalization;
using System.Text.RegularExpressions;
using FluentValidation;
using Orderly.Domain.Deciding;

namespace Orderly.Domain.Validation;

/// <summary>The rules for ids, codes, texts and amounts that the whole domain shares.</summary>
public static partial class Rules
{
    /// <summary>The largest amount or unit price.</summary>
    public const decimal MaxAmount = 1_000_000_000m;

    /// <summary>The largest quantity in one line or one stock movement.</summary>
    public const long MaxQuantity = 1_000_000;

    /// <summary>The most lines in one order.</summary>
    public const int MaxLines = 100;

    public const string IdMessage = "must be 1 to 64 lower-case letters, digits, '-' or '_'.";
    public const string SkuMessage = "must be 1 to 64 upper-case letters, digits or '-'.";
    internal const string QuantityMessage = "must be from 1 to 1000000.";

    /// <summary>Whether a string is an id: lower-case letters, digits, <c>-</c> and <c>_</c>, 1 to 64 characters.</summary>
    public static bool IsId(string? value) => value is not null && Id().IsMatch(value);

    /// <summary>Whether a string is a SKU: upper-case letters, digits and <c>-</c>, 1 to 64 characters.</summary>
    public static bool IsSku(string? value) => value is not null && Sku().IsMatch(value);

    /// <summary>
    /// More than zero, at most <see cref="MaxAmount"/>, and with no more decimals than the currency has; of one that is not known, four.
    /// </summary>
    public static bool IsAmount(decimal value, string? currency = null)
        => value is > 0 and <= MaxAmount && decimal.Round(value, Currencies.DecimalsOf(currency)) == value;

    /// <summary>From 1 to <see cref="MaxQuantity"/>.</summary>
    public static bool IsQuantity(long value) => value is > 0 and <= MaxQuantity;

    /// <summary>A text that is there: not blank, no control characters, at most <paramref name="maxLength"/> characters.</summary>
    public static bool IsRequiredText(string? value, int maxLength) => !string.IsNullOrWhiteSpace(value) && IsText(value, maxLength);

    public static IRuleBuilderOptions<T, string> ValidId<T>(this IRuleBuilder<T, string> rule) => rule.Must(IsId).WithMessage(IdMessage);

    public static IRuleBuilderOptions<T, string> ValidSku<T>(this IRuleBuilder<T, string> rule) => rule.Must(IsSku).WithMessage(SkuMessage);

    public static IRuleBuilderOptions<T, string> ValidCurrency<T>(this IRuleBuilder<T, string> rule)
        => rule.Must(Currencies.IsKnown).WithMessage("must be an ISO 4217 currency code, such as EUR.");

    public static IRuleBuilderOptions<T, string> RequiredText<T>(this IRuleBuilder<T, string> rule, int maxLength)
        => rule.Must(value => IsRequiredText(value, maxLength)).WithMessage(RequiredTextMessage(maxLength));

    /// <summary>A text that may be left out.</summary>
    public static IRuleBuilderOptions<T, string?> OptionalText<T>(this IRuleBuilder<T, string?> rule, int maxLength)
        => rule.Must(value => IsOptionalText(value, maxLength)).WithMessage(OptionalTextMessage(maxLength));

    public static IRuleBuilderOptions<T, string> ValidEmail<T>(this IRuleBuilder<T, string> rule)
        => rule.Must(IsEmail).WithMessage(
            "must be an e-mail address of at most 254 characters.");

    /// <param name="currency">The amount's currency; null where only the aggregate knows it.</param>
    public static IRuleBuilderOptions<T, decimal> ValidAmount<T>(this IRuleBuilder<T, decimal> rule, Func<T, string>? currency = null)
        => rule.Must((command, amount) => IsAmount(amount, currency?.Invoke(command)))
            .WithMessage(command => AmountMessage(currency?.Invoke(command)));

    public static IRuleBuilderOptions<T, long> ValidQuantity<T>(this IRuleBuilder<T, long> rule)
        => rule.Must(IsQuantity).WithMessage(QuantityMessage);

    /// <summary>One of the names of an enumeration, in lower case.</summary>
    public static IRuleBuilderOptions<T, string> OneOf<T, TEnum>(this IRuleBuilder<T, string> rule)
        where TEnum : struct, Enum
        => rule.Must(value => LowerCase<TEnum>.TryParse(value, out _)).WithMessage(
            $"must be one of {string.Join(", ", LowerCase<TEnum>.Names)}.");

    /// <summary>An address with a domain in the public tree: without a point in it, it is one of somebody's own network.</summary>
    private static bool IsEmail(string? value)
        => value is not null && value.Length <= 254 && EmailAddresses.IsValid(value) && value.LastIndexOf('.') > value.LastIndexOf('@');

    internal static string AmountMessage(string? currency)
    {
        var decimals = Currencies.DecimalsOf(currency) switch
        {
            _ when !Currencies.IsKnown(currency) => "no more decimals than its currency has",
            0 => $"no decimals in {currency}",
            var count => string.Create(CultureInfo.InvariantCulture, $"at most {count} decimals in {currency}"),
        };
        return $"must be more than 0, at most 1000000000, with {decimals}.";
    }

    /// <summary>A refusal when an amount is none that can be paid in the currency that the aggregate has; null when it is one.</summary>
    internal static Refusal? RefuseUnlessAmount(decimal amount, string currency)
        => IsAmount(amount, currency) ? null : new Refusal(RefusalKind.Invalid, "The request is not valid.")
        {
            Errors = new Dictionary<string, string[]> { ["amount"] = [AmountMessage(currency)] },
        };

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

    [GeneratedRegex("^[A-Z0-9-]{1,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sku();
}
