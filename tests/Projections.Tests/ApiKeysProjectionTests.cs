using Orderly.Access;
using Orderly.Domain.ApiKeys;
using Orderly.ReadModels.ApiKeys;
using static Orderly.Testing.Scenario;

namespace Orderly.Projections.Tests;

public class ApiKeysProjectionTests
{
    private static readonly string s_hash = ApiKeySecrets.HashOf("one");
    private static readonly ApiKeyIssued s_issued
        = new("robot", "Warehouse robot", [Scopes.OrdersRead, Scopes.OrdersShip], s_hash, Now.AddDays(90), Now);

    private static readonly ApiKeyDocument s_document = new(
        "robot", "Warehouse robot", [Scopes.OrdersRead, Scopes.OrdersShip], "active", Now, Now.AddDays(90), null, null, null, null, 0);

    [Fact]
    public void A_key_shows_what_it_may_do_and_until_when()
    {
        View(new ApiKeysProjection()).After("apikey-robot", s_issued).Is("robot", s_document);
        View(new ApiKeysProjection()).After("apikey-robot", s_issued with { ExpiresAt = null })
            .Is("robot", s_document with { ExpiresAt = null });
    }

    [Fact]
    public void A_key_shows_what_became_of_it()
        => View(new ApiKeysProjection())
            .After(
                "apikey-robot", s_issued, new ApiKeyUsed("robot", Now.AddHours(1)), new ApiKeyUsed("robot", Now.AddDays(1)),
                new ApiKeyRotated("robot", ApiKeySecrets.HashOf("two"), Now.AddDays(3), Now.AddDays(2)),
                new ApiKeyRevoked("robot", Now.AddDays(4)))
            .Is("robot", s_document with
            {
                Status = "revoked",
                RotatedAt = Now.AddDays(2),
                OldValidUntil = Now.AddDays(3),
                RevokedAt = Now.AddDays(4),
                LastUsedAt = Now.AddDays(1),
                Revision = 4,
            });

    [Fact]
    public void Nothing_of_a_secret_is_shown()
    {
        var document = View(new ApiKeysProjection())
            .After("apikey-robot", s_issued, new ApiKeyRotated("robot", ApiKeySecrets.HashOf("two"), Now, Now)).Of("robot")!;

        var json = System.Text.Json.JsonSerializer.Serialize(document, ApiKeysJson.Default.ApiKeyDocument);
        Assert.DoesNotContain(s_hash, json, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(ApiKeySecrets.HashOf("two"), json, StringComparison.OrdinalIgnoreCase);
    }
}
