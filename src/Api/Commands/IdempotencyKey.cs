using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Orderly.Access;
using Orderly.Api.Problems;
using Orderly.Domain.Deciding;

namespace Orderly.Api.Commands;

/// <summary>A name that the client gave its request, so that sending it again changes nothing.</summary>
internal sealed record IdempotencyKey(string Value)
{
    private const int MaxLength = 255;

    /// <summary>Reads the header; <paramref name="key"/> is null when it is not there.</summary>
    /// <returns>False with the problem when it is malformed.</returns>
    public static bool TryRead(IHeaderDictionary headers, out IdempotencyKey? key, [NotNullWhen(false)] out Problem? problem)
    {
        (key, problem) = (null, null);
        var values = headers[HeaderNamesOfOrderly.IdempotencyKey];
        if (values.Count == 0)
        {
            return true;
        }

        if (values is not [{ } value] || Unquote(value) is not { Length: > 0 and <= MaxLength } name
            || name.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            problem = Problem.Of(
                ProblemType.MalformedHeader, "The idempotency key can't be used.", HeaderNamesOfOrderly.IdempotencyKey,
                $"must be one header of 1 to {MaxLength} printable ASCII characters, bare or as a quoted string.");
            return false;
        }

        key = new IdempotencyKey(name);
        return true;
    }

    /// <summary>
    /// What a quoted string (RFC 9651, 3.3.3) says, as draft-ietf-httpapi-idempotency-key-header writes keys; a bare key as it is.
    /// </summary>
    /// <returns>Null when the string is not closed, or goes on behind its end.</returns>
    private static string? Unquote(string value)
    {
        if (value is not ['"', .. var rest])
        {
            return value;
        }

        var text = new StringBuilder(rest.Length);
        for (var i = 0; i < rest.Length; i++)
        {
            switch (rest[i])
            {
                case '"':
                    return i == rest.Length - 1 ? text.ToString() : null;
                case '\\' when i + 1 < rest.Length && rest[i + 1] is '"' or '\\':
                    text.Append(rest[++i]);
                    break;
                case '\\':
                    return null;
                default:
                    text.Append(rest[i]);
                    break;
            }
        }

        return null;
    }

    /// <summary>The id of the command that this key names. Every caller has keys of their own.</summary>
    public Guid ToCommandId(Caller caller) => caller == Caller.Anonymous
        ? CommandIds.FromName("idempotency-key", Value)
        : CommandIds.FromName("idempotency-key", caller.Details?.Issuer ?? "", caller.Actor, Value);

    /// <summary>Digests what makes two requests the same one: method, path and the body's meaning.</summary>
    /// <param name="body">The body in its canonical form.</param>
    public static string HashOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path.Value}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
