using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Orderly.Api.Problems;

namespace Orderly.Api.Commands;

/// <summary>The body of a command.</summary>
/// <typeparam name="TSelf">The record itself. Its members are nullable, so that what is missing is the domain's to refuse.</typeparam>
internal interface IRequestBody<TSelf>
    where TSelf : class, IRequestBody<TSelf>
{
    /// <summary>What an empty body means; null when a body is needed.</summary>
    static virtual TSelf? WhenEmpty => null;
}

/// <summary>Reads bodies: one JSON object of known fields, at most <see cref="MaxBytes"/> long.</summary>
internal static class RequestBody
{
    public const int MaxBytes = 1024 * 1024;

    private const string Identity = "identity";

    /// <summary>Reads the body, to its end unless it is refused before.</summary>
    public static async ValueTask<(TBody? Body, Problem? Problem)> ReadAsync<TBody>(HttpRequest request, JsonTypeInfo<TBody> json)
        where TBody : class, IRequestBody<TBody>
    {
        if (IsEncoded(request.Headers.ContentEncoding))
        {
            return (null, Encoded());
        }

        var contentType = request.ContentType;
        if (contentType is not null && request.ContentLength != 0 && !IsJson(contentType))
        {
            return (null, NotJson());
        }

        if (request.ContentLength > MaxBytes)
        {
            return (null, TooLarge());
        }

        // A client that sends slowly must not hold up a stop. After a token's cancellation the server could not read on to the body's end.
        var http = request.HttpContext;
        using var wake = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(
            static reader => ((PipeReader)reader!).CancelPendingRead(), request.BodyReader);
        var read = await request.BodyReader.ReadAtLeastAsync(MaxBytes + 1, http.RequestAborted);
        var result = read.IsCanceled ? (null, Problem.Stopping("Nothing was done; send the request again."))
            : read.Buffer.Length > MaxBytes ? (null, TooLarge())
            : Parse(read.Buffer, contentType, json);
        request.BodyReader.AdvanceTo(read.Buffer.End);
        return result;
    }

    private static (TBody? Body, Problem? Problem) Parse<TBody>(
        ReadOnlySequence<byte> buffer, string? contentType, JsonTypeInfo<TBody> json)
        where TBody : class, IRequestBody<TBody>
    {
        if (buffer.IsEmpty)
        {
            return TBody.WhenEmpty is { } empty ? (empty, null) : (null, Malformed("The body is empty; a JSON object is needed."));
        }

        if (contentType is null)
        {
            return (null, NotJson());
        }

        var bytes = buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray();
        if (!Utf8.IsValid(bytes))
        {
            return (null, Malformed("The body is not UTF-8."));
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, json) is { } body
                ? (body, null)
                : (null, Malformed("The body is null; a JSON object is needed."));
        }
        catch (JsonException e)
        {
            return (null, Describe(e, json));
        }
    }

    /// <summary>Which field it was and what is wrong with it. The serialiser's own words name types of this program.</summary>
    private static Problem Describe(JsonException exception, JsonTypeInfo json)
    {
        if (exception.InnerException is JsonException)
        {
            // The reader stopped, not the serialiser: the text is not JSON. Lines and bytes count from 0.
            return Malformed(string.Create(
                CultureInfo.InvariantCulture,
                $"The body is not JSON: see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."));
        }

        return exception.Path is ['$', '.', .. var path]
            ? Problem.Of(
                ProblemType.MalformedRequest, "A field of the body can't be read.", path,
                path.Length <= ClientText.MaxLength && JsonFields.Has(json, path)
                    ? "is of the wrong type, or there twice."
                    : "is not known here.")
            : Malformed("The body is not a JSON object of the fields that are known here.");
    }

    private static bool IsEncoded(StringValues codings)
        => codings.Count > 0 && codings.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Any(coding => !coding.Equals(Identity, StringComparison.OrdinalIgnoreCase));

    private static bool IsJson(string contentType)
        => MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static Problem Malformed(string detail) => new(ProblemType.MalformedRequest, detail);

    private static Problem NotJson() => new(ProblemType.NotJson, "Send the body as application/json in UTF-8.");

    private static Problem Encoded() => new(ProblemType.Encoded, "Send the body as it is, without Content-Encoding.")
    {
        AcceptEncoding = Identity,
    };

    private static Problem TooLarge()
        => new(ProblemType.BodyTooLarge, string.Create(CultureInfo.InvariantCulture, $"A body has at most {MaxBytes} bytes."));
}
