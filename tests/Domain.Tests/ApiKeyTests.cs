using Orderly.Access;
using Orderly.Domain.ApiKeys;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Testing;
using static Orderly.Testing.Scenario;

namespace Orderly.Domain.Tests;

public class ApiKeyTests
{
    private static readonly string s_one = ApiKeySecrets.HashOf("one");
    private static readonly string s_two = ApiKeySecrets.HashOf("two");
    private static readonly string s_three = ApiKeySecrets.HashOf("three");
    private static readonly string[] s_scopes = [Scopes.OrdersRead, Scopes.PaymentsWrite];

    private static readonly ApiKeyIssued s_issued = new("robot", "Warehouse robot", s_scopes, s_one, null, Now);
    private static readonly ApiKeyIssued s_expiring = s_issued with { ExpiresAt = Now.AddDays(1) };
    private static readonly ApiKeyRevoked s_revoked = new("robot", Now);
    private static readonly IssueApiKey s_issue = new("robot", "Warehouse robot", s_scopes, null, s_one) { Context = Context };

    [Fact]
    public void A_key_is_issued_once_even_after_it_was_revoked()
    {
        Given<ApiKey>().When(s_issue).Then(s_issued);
        Given<ApiKey>(s_issued).When(s_issue).ThenRefused(RefusalKind.AlreadyExists);
        Given<ApiKey>(s_issued, s_revoked).When(s_issue).ThenRefused(RefusalKind.AlreadyExists);
    }

    [Fact]
    public void An_expiry_is_kept_in_UTC_to_the_millisecond()
        => Given<ApiKey>()
            .When(s_issue with { ExpiresAt = new DateTimeOffset(2026, 12, 1, 2, 0, 0, 7, TimeSpan.FromHours(2)).AddTicks(9_999) })
            .Then(s_issued with { ExpiresAt = new DateTimeOffset(2026, 12, 1, 0, 0, 0, 7, TimeSpan.Zero) });

    [Fact]
    public void A_new_key_is_valid_or_told_what_is_not()
    {
        Check(s_issue);
        Check(s_issue with { ExpiresAt = Now.AddMilliseconds(1), Scopes = Scopes.OfKeys });
        Check(s_issue with { KeyId = "Robot" }, "KeyId");
        Check(s_issue with { Name = " " }, "Name");
        Check(s_issue with { SecretHash = "one" }, "SecretHash");
        Check(s_issue with { SecretHash = s_one.ToUpperInvariant() }, "SecretHash");
        Check(s_issue with { ExpiresAt = Now }, "ExpiresAt");
        Check(s_issue with { ExpiresAt = Now.AddTicks(1) }, "ExpiresAt");
        Check(s_issue with { Scopes = [] }, "Scopes");
        Check(s_issue with { Scopes = null! }, "Scopes");
        Check(s_issue with { Scopes = [null!] }, "Scopes");
        Check(s_issue with { Scopes = ["orders:eat"] }, "Scopes");
        Check(s_issue with { Scopes = [Scopes.Own] }, "Scopes");
        Check(s_issue with { Scopes = [Scopes.OrdersRead, Scopes.OrdersRead] }, "Scopes");
    }

    [Fact]
    public void A_secret_is_accepted_until_the_key_expires_or_is_revoked()
    {
        var key = Given<ApiKey>(s_expiring).State;
        Assert.True(key.Accepts(s_one, Now.AddDays(1).AddTicks(-1)));
        Assert.False(key.Accepts(s_one, Now.AddDays(1)));
        Assert.False(key.Accepts(s_two, Now));
        Assert.False(key.Accepts("", Now));
        Assert.True(Given<ApiKey>(s_issued).State.Accepts(s_one, DateTimeOffset.MaxValue));
        Assert.False(Given<ApiKey>(s_issued, s_revoked).State.Accepts(s_one, Now));
        Assert.False(ApiKey.Initial.Accepts("", Now));
    }

    [Fact]
    public void After_a_rotation_the_last_secret_is_accepted_for_a_while()
    {
        var rotated = new ApiKeyRotated("robot", s_two, Now.AddHours(24), Now);
        Given<ApiKey>(s_issued).When(Rotate(s_two, 24)).Then(rotated);

        var key = Given<ApiKey>(s_issued, rotated).State;
        Assert.True(key.Accepts(s_two, Now.AddDays(99)));
        Assert.True(key.Accepts(s_one, Now.AddHours(24).AddTicks(-1)));
        Assert.False(key.Accepts(s_one, Now.AddHours(24)));
        Assert.False(Given<ApiKey>(s_issued, rotated, s_revoked).State.Accepts(s_one, Now));
        Assert.False(Given<ApiKey>(s_expiring, rotated with { OldValidUntil = Now.AddDays(9) }).State.Accepts(s_one, Now.AddDays(1)));
    }

    [Fact]
    public void A_rotation_without_an_overlap_ends_the_last_secret_at_once()
    {
        var rotated = new ApiKeyRotated("robot", s_two, Now, Now);
        Given<ApiKey>(s_issued).When(Rotate(s_two, 0)).Then(rotated);
        Assert.False(Given<ApiKey>(s_issued, rotated).State.Accepts(s_one, Now));
    }

    [Fact]
    public void The_secret_before_the_last_one_ends_at_once()
    {
        var key = Given<ApiKey>(
            s_issued, new ApiKeyRotated("robot", s_two, Now.AddDays(30), Now),
            new ApiKeyRotated("robot", s_three, Now.AddDays(1), Now)).State;
        Assert.Equal([false, true, true], new[] { s_one, s_two, s_three }.Select(hash => key.Accepts(hash, Now)));
    }

    [Fact]
    public void Only_an_active_key_is_rotated()
    {
        Given<ApiKey>().When(Rotate(s_two, 1)).ThenRefused(RefusalKind.NotFound);
        var revoked = Given<ApiKey>(s_issued, s_revoked).When(Rotate(s_two, 1)).ThenRefused(RefusalKind.InvalidTransition);
        Assert.Equal(("revoked", "rotate"), (revoked.State, revoked.Step));
        var expired = Given<ApiKey>(s_issued with { ExpiresAt = Now }).When(Rotate(s_two, 1)).ThenRefused(RefusalKind.InvalidTransition);
        Assert.Equal(("expired", "rotate"), (expired.State, expired.Step));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(720, true)]
    [InlineData(-1, false)]
    [InlineData(721, false)]
    public void An_overlap_has_at_most_thirty_days(int hours, bool isValid)
        => Assert.Equal(
            isValid ? [] : ["OverlapHours"],
            new RotateApiKeyValidator().Validate(Rotate(s_two, hours)).Errors.Select(error => error.PropertyName));

    [Fact]
    public void Revoking_twice_is_revoking_once()
    {
        var revoke = new RevokeApiKey("robot") { Context = Context };
        Given<ApiKey>().When(revoke).ThenRefused(RefusalKind.NotFound);
        Given<ApiKey>(s_issued).When(revoke).Then(s_revoked);
        Given<ApiKey>(s_issued with { ExpiresAt = Now }).When(revoke).Then(s_revoked);
        Given<ApiKey>(s_issued, s_revoked).When(revoke).ThenNothing();
    }

    [Fact]
    public void A_use_is_noted_once_a_day()
    {
        Given<ApiKey>(s_issued).When(Use(Now)).Then(new ApiKeyUsed("robot", Now));

        var used = Given<ApiKey>(s_issued, new ApiKeyUsed("robot", Now));
        Assert.Equal(Now, used.State.LastUsedAt);
        used.When(Use(Now.AddHours(11.9))).ThenNothing();
        used.When(Use(Now.AddHours(12))).Then(new ApiKeyUsed("robot", Now.AddHours(12)));
        used.When(Use(Now.AddDays(-1))).ThenNothing();
    }

    [Fact]
    public void A_use_of_a_key_that_is_not_active_is_not_noted()
    {
        Given<ApiKey>().When(Use(Now)).ThenNothing();
        Given<ApiKey>(s_issued, s_revoked).When(Use(Now)).ThenNothing();
        Given<ApiKey>(s_expiring).When(Use(Now.AddDays(1))).ThenNothing();
    }

    [Theory]
    [InlineData("robot")]
    [InlineData("a_b-c_9")]
    [InlineData("_")]
    [InlineData("ok_")]
    public void A_key_is_read_as_it_was_written(string id)
    {
        var secret = new string('a', 63) + "7";
        Assert.True(ApiKeySecrets.TryParse(ApiKeySecrets.KeyOf(id, secret), out var keyId, out var read));
        Assert.Equal((id, secret), (keyId, read));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ok_")]
    [InlineData("ok_robot")]
    [InlineData("ok_robot_")]
    [InlineData("ok_robot_abc")]
    [InlineData("ok__@")]
    [InlineData("ok_@")]
    [InlineData("OK_robot_@")]
    [InlineData("ok_Robot_@")]
    [InlineData("ok_robot_@ ")]
    [InlineData(" ok_robot_@")]
    [InlineData("sk_robot_@")]
    [InlineData("ok_robot_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_key_is_not_read(string? key)
    {
        key = key?.Replace("@", new string('a', ApiKeySecrets.Length), StringComparison.Ordinal);
        Assert.False(ApiKeySecrets.TryParse(key, out var keyId, out var secret));
        Assert.Equal(("", ""), (keyId, secret));
    }

    [Fact]
    public void A_secret_is_known_by_its_SHA_256()
        => Assert.Equal("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", s_one);

    /// <summary>
    /// The second process does not know of the first one's append when it decides: the store must not take its own, with another secret,
    /// for the same one.
    /// </summary>
    [Fact]
    public async Task Of_two_requests_under_one_key_only_one_hands_out_its_secret()
    {
        MemoryEventStore store = new();
        Decider first = new(store, new NoIndex(), OrderlyEvents.Types, new DeciderOptions());
        Decider second = new(store, new NoIndex(), OrderlyEvents.Types, new DeciderOptions());
        var context = Context with { RequestHash = "aaaaaaaa" };

        var made = await IssueAsync(first, s_one);
        var again = await IssueAsync(second, s_two);

        Assert.False(made.IsRepeat);
        Assert.Equal(made with { IsRepeat = true }, again);
        Assert.Single(store.Log);
        Assert.True((await second.ReadAsync<ApiKey>("robot", CancellationToken.None)).Accepts(s_one, Now));

        async Task<CommandResult.Accepted> IssueAsync(Decider decider, string hash)
            => Assert.IsType<CommandResult.Accepted>(
                await decider.ExecuteAsync(s_issue with { SecretHash = hash, Context = context }, CancellationToken.None));
    }

    private static RotateApiKey Rotate(string secretHash, int hours)
        => new("robot", secretHash, TimeSpan.FromHours(hours)) { Context = Context };

    private static NoteApiKeyUse Use(DateTimeOffset at) => new("robot") { Context = Context with { At = at } };

    private static void Check(IssueApiKey command, params string[] fields)
        => Assert.Equal(fields, new IssueApiKeyValidator().Validate(command).Errors.Select(error => error.PropertyName).Distinct());

    /// <summary>An index that is behind the log.</summary>
    private sealed class NoIndex : ICommandIndex
    {
        public Task<string?> FindStreamAsync(Guid commandId, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
    }
}

internal sealed class ApiKeyExamples : IEventExamples
{
    public IEnumerable<(string Type, string Json)> All { get; } =
    [
        ("api-key-issued.v1", """
            {"keyId":"robot","name":"Warehouse robot","scopes":["orders:read","orders:ship"],
            "secretHash":"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","expiresAt":"2027-11-21T12:00:00+00:00",
            "issuedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("api-key-issued.v1", """
            {"keyId":"robot","name":"Warehouse robot","scopes":["orders:read"],
            "secretHash":"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","expiresAt":null,
            "issuedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("api-key-rotated.v1", """
            {"keyId":"robot","secretHash":"3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
            "oldValidUntil":"2026-11-22T12:00:00+00:00","rotatedAt":"2026-11-21T12:00:00+00:00"}
            """),
        ("api-key-revoked.v1", """{"keyId":"robot","revokedAt":"2026-11-21T12:00:00+00:00"}"""),
        ("api-key-used.v1", """{"keyId":"robot","usedAt":"2026-11-21T12:00:00+00:00"}"""),
    ];
}
