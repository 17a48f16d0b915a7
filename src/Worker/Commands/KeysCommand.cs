using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orderly.Access;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Deciding;

namespace Orderly.Worker.Commands;

/// <summary><c>keys</c>: the first API key of a service that asks who calls, and the last resort when one is in the wrong hands.</summary>
internal static class KeysCommand
{
    private const string Actor = "worker";

    public static Command Create(string[] settings)
        => new("keys", "API keys: issue one where the stores are, or revoke one. All else about them is in the HTTP interface.")
        {
            CreateIssue(settings), CreateRevoke(settings),
        };

    private static Command CreateIssue(string[] settings)
    {
        var name = new Argument<string>("name") { Description = "What the key is for.", HelpName = "NAME" };
        var scopes = new Option<string[]>("--scope")
        {
            Description = $"What it may do; again for each: {string.Join(", ", Scopes.OfKeys)}.",
            HelpName = "SCOPE",
            Required = true,
            CompletionSources = { _ => Scopes.OfKeys.Select(scope => new System.CommandLine.Completions.CompletionItem(scope)) },
        };
        var id = new Option<string?>("--id") { Description = "Its id; made when it is left out.", HelpName = "ID" };
        var expires = new Option<string?>("--expires")
        {
            Description = "When it expires, ISO 8601; never when it is left out.",
            HelpName = "TIME",
        };
        var json = Arguments.Json();
        var command = new Command("issue", "Issue a key and print it. It is shown only this once.") { name, scopes, id, expires, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            DateTimeOffset? until = null;
            if (parsed.GetValue(expires) is { } text)
            {
                until = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                    ? at
                    : throw new CommandFailedException(ExitCode.Usage, $"'{text}' is not a time.");
            }

            using var host = WorkerHost.BuildForTool(settings);
            var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(ApiKeySecrets.Length / 2));
            var keyId = parsed.GetValue(id) ?? Guid.NewGuid().ToString("N");
            await SendAsync(
                host, context => new IssueApiKey(
                    keyId, parsed.GetRequiredValue(name), parsed.GetRequiredValue(scopes), until, ApiKeySecrets.HashOf(secret))
                { Context = context },
                cancellationToken);
            var issued = new IssuedKey(keyId, ApiKeySecrets.KeyOf(keyId, secret));
            if (parsed.GetValue(json))
            {
                await parsed.WriteJsonAsync(issued, WorkerJson.Default.IssuedKey);
            }
            else
            {
                parsed.WriteLines([issued.Key]);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateRevoke(string[] settings)
    {
        var (id, yes) = (new Argument<string>("id") { Description = "The key's id.", HelpName = "ID" }, Arguments.Yes());
        var command = new Command("revoke", "Revoke a key, for good. The service refuses it within seconds.") { id, yes };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var keyId = parsed.GetRequiredValue(id);
            using var host = WorkerHost.BuildForTool(settings);
            parsed.Confirm($"The API key '{keyId}' is revoked for good.", parsed.GetValue(yes));
            await SendAsync(host, context => new RevokeApiKey(keyId) { Context = context }, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    /// <exception cref="CommandFailedException">It was refused.</exception>
    private static async Task SendAsync(
        IHost host, Func<CommandContext, IRequest<CommandResult>> command, CancellationToken cancellationToken)
    {
        var now = host.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var context = CommandContext.ForRequest(Guid.CreateVersion7(now), Actor, now);
        if (await host.Services.GetRequiredService<IMediator>().Send(command(context), cancellationToken)
            is CommandResult.Refused { Refusal: var refusal })
        {
            var errors = refusal.Errors?.SelectMany(field => field.Value.Select(message => $"\n  {field.Key} {message}")) ?? [];
            throw new CommandFailedException(ExitCode.Failed, refusal.Detail + string.Concat(errors));
        }
    }
}

/// <summary>A key that was issued.</summary>
/// <param name="Key">What its owner sends; it is shown only once.</param>
internal sealed record IssuedKey(string Id, string Key);
