using Microsoft.Extensions.Logging.Abstractions;
using Orderly.Contracts.ViewStore;
using Orderly.ReadModels.ViewStore;
using Orderly.Storage.MongoDb;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>What the view store on MongoDB says when it can't connect. Passwords are no part of it.</summary>
public sealed class MongoConnectionTests
{
    private const string Password = "not-to-be-told";

    [Theory]
    [InlineData("")]
    [InlineData("localhost:27017")]
    [InlineData($"mongodb://user:{Password}@/orderly")]
    [InlineData($"mongodb://user:{Password}@localhost:port/orderly")]
    [InlineData($"mongodb://user:{Password}@localhost/orderly?w=-1")]
    [InlineData($"postgres://user:{Password}@localhost/orderly")]
    [InlineData($"mongodb://user:{Password}@localhost/orderly?")]
    public void What_is_no_connection_string_fails_at_once(string connectionString)
    {
        var e = Assert.ThrowsAny<ArgumentException>(() => Connect(connectionString));

        Assert.Contains("mongodb://", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable_and_the_message_says_why()
    {
        // Nobody listens on port 1.
        await using var store = Connect($"mongodb://user:{Password}@127.0.0.1:1/orderly?serverSelectionTimeoutMS=200");
        var view = SampleViews.Unique();

        var e = await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.FindAsync(view, ["a"], CancellationToken.None));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.ReadGenerationsAsync(CancellationToken.None));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.OpenAsync(view, 1, CancellationToken.None));
        await Assert.ThrowsAsync<ViewStoreUnavailableException>(async () =>
        {
            await foreach (var _ in store.WatchAsync(CancellationToken.None))
            {
                Assert.Fail("It saw something.");
            }
        });

        Assert.Contains("127.0.0.1:1 answered in time: Connection refused", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_transactions_is_refused_with_what_to_do()
    {
        await using var server = new StandaloneServer();
        await using var store = Connect(server.ConnectionString);

        var e = await Assert.ThrowsAsync<ViewStoreUnusableException>(() => store.ReadGenerationsAsync(CancellationToken.None));
        await Assert.ThrowsAsync<ViewStoreUnusableException>(() => store.OpenAsync(SampleViews.Unique(), 1, CancellationToken.None));
        await Assert.ThrowsAsync<ViewStoreUnusableException>(() => store.FindAsync(SampleViews.Unique(), ["a"], CancellationToken.None));

        Assert.Contains("replica set", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task A_wait_for_a_server_ends_with_its_cancellation()
    {
        await using var store = Connect("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=60000");
        using var cancellation = new CancellationTokenSource();

        var found = store.FindAsync(SampleViews.Unique(), ["a"], cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => found);
    }

    [SkippableFact]
    public async Task Wrong_credentials_are_told_apart()
    {
        await using var database = new MongoTestDatabase();
        var server = database.ConnectionString[(database.ConnectionString.LastIndexOf('@') + 1)..].Replace(
            "mongodb://", null, StringComparison.Ordinal);
        Skip.If(!database.ConnectionString.Contains('@', StringComparison.Ordinal), "The server asks for no credentials.");
        await using var store = Connect($"mongodb://nobody:{Password}@{server}");

        var e = await Assert.ThrowsAsync<ViewStoreUnavailableException>(() => store.ReadGenerationsAsync(CancellationToken.None));

        Assert.Contains("credentials", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, e.ToString(), StringComparison.Ordinal);
    }

    private static MongoViewStore Connect(string connectionString)
        => new(
            new MongoViewStoreOptions { ConnectionString = connectionString }, TimeProvider.System, NullLogger<MongoViewStore>.Instance);
}
