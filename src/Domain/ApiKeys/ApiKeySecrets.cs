using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using FluentValidation;
using Orderly.Domain.Validation;

namespace Orderly.Domain.ApiKeys;

/// <summary>
/// API keys as clients hold them: <c>ok_KEYID_SECRET</c>. The secret is 32 bytes of chance in lower-case hexadecimal digits, and no
/// underscore, which an id may have. Nothing but the client has it: what is compared is its hash.
/// </summary>
public static class ApiKeySecrets
{
    /// <summary>How many digits a secret has.</summary>
    public const int Length = 64;

    /// <summary>What every key begins with.</summary>
    public const string Prefix = "ok_";

    private const char Separator = '_';

    /// <summary>SHA-256 in lower-case hexadecimal digits: fast, since a secret that is all chance is not found by trying.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>The key as the client holds it.</summary>
    public static string KeyOf(string keyId, string secret) => $"{Prefix}{keyId}{Separator}{secret}";

    /// <summary>Reads a key that a client sent.</summary>
    /// <returns>False when it has not the form of one, with texts that are empty.</returns>
    public static bool TryParse([NotNullWhen(true)] string? key, out string keyId, out string secret)
    {
        (keyId, secret) = ("", "");
        var end = key?.LastIndexOf(Separator) ?? -1;
        if (end < Prefix.Length || !key!.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var (id, rest) = (key[Prefix.Length..end], key[(end + 1)..]);
        if (!Rules.IsId(id) || !IsHex(rest))
        {
            return false;
        }

        (keyId, secret) = (id, rest);
        return true;
    }

    internal static IRuleBuilderOptions<T, string> ValidSecretHash<T>(this IRuleBuilder<T, string> rule)
        => rule.Must(IsHex).WithMessage("must be a SHA-256 hash in lower-case hexadecimal digits.");

    // A hash has as many digits as a secret.
    private static bool IsHex(string? text) => text is { Length: Length } && text.All(char.IsAsciiHexDigitLower);
}
