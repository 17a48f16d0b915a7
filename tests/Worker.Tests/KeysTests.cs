using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Deciding;
using Orderly.Hosting;

namespace Orderly.Worker.Tests;

/// <summary>The first API key, and the end of one.</summary>
public sealed class KeysTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orderly-").FullName;

    /// <summary>The first program that opens the log makes it, as the API does.</summary>
    public Task InitializeAsync() => ReadAsync("nobody");

    public Task DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_key_is_printed_once_and_is_good_until_it_is_revoked()
    {
        var (exitCode, output, _) = await RunAsync("issue", "payment service", "--scope", "payments:write", "--scope", "orders:read");
        Assert.Equal(0, exitCode);
        Assert.True(ApiKeySecrets.TryParse(output.Trim(), out var id, out var secret));
        var key = await ReadAsync(id);
        Assert.True(key.Accepts(ApiKeySecrets.HashOf(secret), DateTimeOffset.UtcNow));
        Assert.Equal(("payment service", 2, null), (key.Name, key.Scopes.Count, key.ExpiresAt));

        Assert.Equal(0, (await RunAsync("revoke", id, "--yes")).ExitCode);
        Assert.False((await ReadAsync(id)).Accepts(ApiKeySecrets.HashOf(secret), DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task Id_expiry_and_JSON_are_as_they_were_asked_for()
    {
        var (exitCode, output, _) = await RunAsync(
            "issue", "robot", "--scope", "orders:ship", "--id", "robot", "--expires", "2130-01-31T12:00:00Z", "--json");
        Assert.Equal(0, exitCode);
        Assert.Equal("robot", JsonNode.Parse(output)!["id"]!.GetValue<string>());
        Assert.Equal(new DateTimeOffset(2130, 1, 31, 12, 0, 0, TimeSpan.Zero), (await ReadAsync("robot")).ExpiresAt);
    }

    [Theory]
    [InlineData(2, "issue", "robot")]
    [InlineData(1, "issue", "robot", "--scope", "everything")]
    [InlineData(2, "issue", "robot", "--scope", "orders:read", "--expires", "soon")]
    [InlineData(1, "issue", "robot", "--scope", "orders:read", "--expires", "2020-01-01")]
    [InlineData(1, "revoke", "nobody", "--yes")]
    [InlineData(2, "revoke", "nobody")]
    public async Task What_can_t_be_done_is_told(int exitCode, params string[] words)
    {
        var told = await RunAsync(words);
        Assert.Equal(exitCode, told.ExitCode);
        Assert.NotEmpty(told.Error);
        Assert.DoesNotContain(ApiKeySecrets.Prefix, told.Output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words)
    {
        using StringWriter output = new(), error = new();
        var exitCode = await WorkerCommandLine.RunAsync(
            ["keys", .. words, $"--Orderly:DataDirectory={_directory}"], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    private async Task<ApiKey> ReadAsync(string id)
    {
        var settings = new ConfigurationBuilder().AddCommandLine([$"--Orderly:DataDirectory={_directory}"]).Build();
        await using var services = new ServiceCollection().AddOrderlyServices(settings).BuildServiceProvider();
        return await services.GetRequiredService<Decider>().ReadAsync<ApiKey>(id, CancellationToken.None);
    }
}
