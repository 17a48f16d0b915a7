using System.Globalization;
using System.Text.RegularExpressions;
using FluentValidation;
using Orderly.Domain.Deciding;

namespace Orderly.Domain.Validation;

/// <content>The rules of a shop: for SKUs, amounts, quantities and e-mail addresses.</content>
public static partial class Rules
{
    /// <summary>The largest amount or unit price.</summary>
    public const decimal MaxAmount = 1_000_000_000m;

    /// <summary>The largest quantity in one line or one stock movement.</summary>
    public const long MaxQuantity = 1_000_000;

    /// <summary>The most lines in one order.</summary>
    public const int MaxLines = 100;

    public const string SkuMessage = "must be 1 to 64 upper-case letters, digits or '-'.";
    internal const string QuantityMessage = "must be from 1 to 1000000.";

    /// <summary>Whether a string is a SKU: upper-case letters, digits and <c>-</c>, 1 to 64 characters.</summary>
    public static bool IsSku(string? value) => value is not null && Sku().IsMatch(value);

    /// <summary>
    /// More than zero, at most <see cref="MaxAmount"/>, and with no more decimals than the currency has; of one that is not known, four.
    /// </summary>
    public static bool IsAmount(decimal value, string? currency = null)
        => value is > 0 and <= MaxAmount && decimal.Round(value, Currencies.DecimalsOf(currency)) == value;

    /// <summary>From 1 to <see cref="MaxQuantity"/>.</summary>
    public static bool IsQuantity(long value) => value is > 0 and <= MaxQuantity;

    public static IRuleBuilderOptions<T, string> ValidSku<T>(this IRuleBuilder<T, string> rule) => rule.Must(IsSku).WithMessage(SkuMessage);

    public static IRuleBuilderOptions<T, string> ValidCurrency<T>(this IRuleBuilder<T, string> rule)
        => rule.Must(Currencies.IsKnown).WithMessage("must be an ISO 4217 currency code, such as EUR.");

    public static IRuleBuilderOptions<T, string> ValidEmail<T>(this IRuleBuilder<T, string> rule)
        => rule.Must(IsEmail).WithMessage(
            "must be an e-mail address of at most 254 characters.");

    /// <param name="currency">The amount's currency; null where only the aggregate knows it.</param>
    public static IRuleBuilderOptions<T, decimal> ValidAmount<T>(this IRuleBuilder<T, decimal> rule, Func<T, string>? currency = null)
        => rule.Must((command, amount) => IsAmount(amount, currency?.Invoke(command)))
            .WithMessage(command => AmountMessage(currency?.Invoke(command)));

    public static IRuleBuilderOptions<T, long> ValidQuantity<T>(this IRuleBuilder<T, long> rule)
        => rule.Must(IsQuantity).WithMessage(QuantityMessage);

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

    [GeneratedRegex("^[A-Z0-9-]{1,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sku();
}
