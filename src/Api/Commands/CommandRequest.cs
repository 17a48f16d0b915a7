using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MediatR;
using Orderly.Api.Access;
using Orderly.Api.Problems;
using Orderly.Api.Queries;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Hosting;

namespace Orderly.Api.Commands;

/// <summary>A request that commands: its body and its headers, read and checked before the endpoint runs.</summary>
internal sealed class CommandRequest<TBody>
    where TBody : class, IRequestBody<TBody>
{
    private static readonly JsonTypeInfo<TBody> s_json = (JsonTypeInfo<TBody>)BodyJson.OfRequest(typeof(TBody))!;

    private readonly HttpContext _http;
    private readonly TBody? _body;
    private readonly CommandContext? _context;
    private readonly Preferences _preferences;
    private readonly Problem? _problem;

    private CommandRequest(HttpContext http, Problem problem) => (_http, _problem) = (http, problem);

    private CommandRequest(HttpContext http, TBody body, CommandContext context, Preferences preferences)
        => (_http, _body, _context, _preferences) = (http, body, context, preferences);

    /// <summary>Called by ASP.NET Core for a parameter of this type.</summary>
    public static async ValueTask<CommandRequest<TBody>> BindAsync(HttpContext context, ParameterInfo _)
    {
        var headers = context.Request.Headers;
        if (!IdempotencyKey.TryRead(headers, out var key, out var malformedKey))
        {
            return new CommandRequest<TBody>(context, malformedKey);
        }

        if (!EntityTags.TryReadIfMatch(headers, out var ifMatch))
        {
            return new CommandRequest<TBody>(context, Problem.Of(
                ProblemType.MalformedHeader, "The condition can't be read.", "If-Match",
                "must be * or a list of entity tags, such as \"3\"."));
        }

        if (!Preferences.TryRead(headers[HeaderNamesOfOrderly.Prefer], out var preferences))
        {
            return new CommandRequest<TBody>(context, Problem.Of(
                ProblemType.MalformedHeader, "A header can't be read.", HeaderNamesOfOrderly.Prefer, Preferences.MalformedWait));
        }

        var (body, problem) = await RequestBody.ReadAsync(context.Request, s_json);
        return body is null
            ? new CommandRequest<TBody>(context, problem!)
            : new CommandRequest<TBody>(context, body, ContextOf(context, body, key, ifMatch), preferences);
    }

    /// <summary>Sends a command.</summary>
    /// <param name="command">The command that the body and the context come to.</param>
    /// <param name="document">
    /// The document that it changes or makes, by its id (see <see cref="NewId"/>): the answer to a client that prefers it. Null: there is
    /// none.
    /// </param>
    /// <param name="makes">Whether it makes something, which is then part of the document.</param>
    public Task<IResult> SendAsync(
        Func<TBody, CommandContext, IRequest<CommandResult>> command, Func<string, IDocumentQuery>? document, bool makes = false)
        => SendAndAnswerAsync(command, accepted => AnswerAsync(accepted, document?.Invoke(accepted.Id), makes));

    /// <summary>Sends a command that makes a secret. Its answer alone tells it, so it is never a document instead.</summary>
    /// <param name="command">The command that the body and the context come to.</param>
    /// <param name="key">What the client has to keep, by the id of what the secret is of.</param>
    /// <param name="address">The path of what the command makes, by its id; null: it makes nothing.</param>
    public Task<IResult> SendForKeyAsync(
        Func<TBody, CommandContext, IRequest<CommandResult>> command, Func<string, string> key, Func<string, string>? address)
        => SendAndAnswerAsync(command, accepted => Task.FromResult<IResult>(
            new AcceptedResult(accepted, address?.Invoke(accepted.Id), null) { Key = accepted.IsRepeat ? null : key(accepted.Id) }));

    private async Task<IResult> SendAndAnswerAsync(
        Func<TBody, CommandContext, IRequest<CommandResult>> command, Func<CommandResult.Accepted, Task<IResult>> answer)
    {
        if (_problem is not null)
        {
            return _problem;
        }

        return await ExecuteAsync(command(_body!, _context!)) switch
        {
            CommandResult.Accepted accepted => await answer(accepted),
            CommandResult.Refused { Refusal: { Errors: { } errors } refusal }
                => (refusal with { Errors = JsonFields.NameMissing(errors, _body!, s_json) }).ToProblem(),
            CommandResult.Refused refused => refused.Refusal.ToProblem(),
            var other => throw new UnreachableException($"{other.GetType()} is no answer to a command."),
        };
    }

    /// <summary>
    /// Waits for a command no longer than the settings say, whatever it waits for: a store, or its turn behind others. What was begun goes
    /// on: sent again with the same key, the command is answered with what became of it.
    /// </summary>
    private async Task<CommandResult> ExecuteAsync(IRequest<CommandResult> command)
    {
        var limit = _http.RequestServices.GetRequiredService<OrderlyOptions>().Stores.CommandTimeout;
        try
        {
            return await _http.RequestServices.GetRequiredService<IMediator>().Send(command, _http.RequestAborted)
                .WaitAsync(limit, _http.RequestAborted);
        }
        catch (TimeoutException e)
        {
            throw new EventStoreUnavailableException($"The command was not done in {limit.TotalSeconds:0.#} s.", e);
        }
    }

    private async Task<IResult> AnswerAsync(CommandResult.Accepted accepted, IDocumentQuery? document, bool makes)
    {
        var found = document is not null && _preferences.ReturnsDocument
            ? await document.FindAsync(_http, accepted.Position, _preferences.Wait ?? Preferences.DefaultWait)
            : null;
        return new AcceptedResult(accepted, makes ? document?.Address : null, found);
    }

    private static CommandContext ContextOf(HttpContext http, TBody body, IdempotencyKey? key, RevisionCondition? ifMatch)
    {
        var at = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var caller = http.Caller();
        var commandId = key?.ToCommandId(caller) ?? Guid.CreateVersion7(at);
        return CommandContext.ForRequest(commandId, caller, at) with
        {
            TraceParent = Activity.Current?.Id,
            RequestHash = key is null ? null : IdempotencyKey.HashOf(http.Request, JsonSerializer.SerializeToUtf8Bytes(body, s_json)),
            IfMatch = ifMatch,
        };
    }
}

/// <summary>Ids of things that a command makes.</summary>
internal static class NewId
{
    /// <summary>
    /// The id that the client gave, or the command's own: a request with an idempotency key then names the same thing each
    /// time that it is sent.
    /// </summary>
    public static string OrNewId(this string? given, CommandContext context) => given ?? Of(context);

    /// <summary>The command's own id.</summary>
    public static string Of(CommandContext context) => context.CommandId.ToString();
}
