using System.Diagnostics;
using System.Net;
using Orderly.Tests;

namespace Orderly.Api.Tests.Access;

/// <summary>What an issuer does while clients call: new keys, withdrawn keys, absence.</summary>
public sealed class IssuerTests
{
    [Fact]
    public async Task A_rotation_of_keys_refuses_no_request()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var api = await RunningApi.StartAsync(settings: GuardedApi.Trusting(issuer));
        const int Clients = 64, Requests = 30, Rotations = 3;
        var (done, refused) = (0, 0);
        async Task CallAsync(int client)
        {
            for (var i = 0; i < Requests; i++)
            {
                var token = await issuer.TokenAsync(new TokenRequest { Client = $"client-{client}", Roles = ["clerk"] });
                var answer = await api.GetAsync("/v1/orders", GuardedApi.Bearer(token));
                Interlocked.Add(ref refused, answer.Status == HttpStatusCode.OK ? 0 : 1);
                Interlocked.Increment(ref done);
            }
        }

        var clients = Enumerable.Range(0, Clients).Select(CallAsync).ToList();
        for (var rotation = 1; rotation <= Rotations; rotation++)
        {
            await Wait.UntilAsync(() => Task.FromResult(Volatile.Read(ref done) >= rotation * Clients * Requests / (Rotations + 1)));
            issuer.RotateKeys();
        }

        await Task.WhenAll(clients);
        Assert.Equal((Clients * Requests, 0), (done, refused));
        Assert.InRange(issuer.JwksRequests, 2, Rotations + 1);
    }

    [Fact]
    public async Task Tokens_that_verify_go_on_while_the_issuer_is_away()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var api = await RunningApi.StartAsync(settings: GuardedApi.Trusting(issuer));
        var (known, fresh) = (await TokenAsync(issuer, "a"), await TokenAsync(issuer, "b"));
        (await api.GetAsync("/v1/orders", GuardedApi.Bearer(known))).IsStatus(HttpStatusCode.OK);

        await issuer.StopAsync();
        (await api.GetAsync("/v1/orders", GuardedApi.Bearer(known))).IsStatus(HttpStatusCode.OK);
        (await api.GetAsync("/v1/orders", GuardedApi.Bearer(fresh))).IsStatus(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_any_keys_the_answer_is_503_until_the_issuer_is_there()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var api = await RunningApi.StartAsync(settings: GuardedApi.Trusting(issuer));
        var token = await TokenAsync(issuer, "a");
        await issuer.StopAsync();
        var answer = await api.GetAsync("/v1/orders", GuardedApi.Bearer(token));
        answer.IsProblem(503, "issuer-unavailable");
        Assert.Contains("Retry-After", answer.Headers.Keys);

        await issuer.StartAgainAsync();
        await Wait.UntilAsync(async () => (await api.GetAsync("/v1/orders", GuardedApi.Bearer(token))).Status == HttpStatusCode.OK);
    }

    /// <summary>One answer is for all who wait, be it a failure: else they would stand in a line that grows.</summary>
    [Fact]
    public async Task Many_requests_wait_for_one_question_to_an_issuer_that_is_away()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var api = await RunningApi.StartAsync(settings: GuardedApi.Trusting(issuer));
        var token = await TokenAsync(issuer, "a");
        await issuer.StopAsync();
        _ = await api.GetAsync("/v1/orders", GuardedApi.Bearer(token));
        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => api.GetAsync("/v1/orders", GuardedApi.Bearer(token))));
        Assert.All(answers, answer => answer.IsProblem(503, "issuer-unavailable"));

        // Two hundred questions, a second apart, would take minutes.
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"It took {watch.Elapsed}.");
    }

    /// <summary>Else whoever makes up keys could have the issuer asked as often as they like.</summary>
    [Fact]
    public async Task Keys_that_nobody_knows_have_the_issuer_asked_once_a_second()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var api = await RunningApi.StartAsync(settings: GuardedApi.Trusting(issuer));
        (await api.GetAsync("/v1/orders", GuardedApi.Bearer(await TokenAsync(issuer, "a")))).IsStatus(HttpStatusCode.OK);

        // Signed with a key that the issuer shows no more.
        issuer.RotateKeys(keepsOld: false);
        var unknown = await TokenAsync(issuer, "b");
        issuer.RotateKeys(keepsOld: false);
        var (asked, watch) = (issuer.JwksRequests, Stopwatch.StartNew());
        for (var i = 0; i < 3; i++)
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 50).Select(_ => api.GetAsync("/v1/orders", GuardedApi.Bearer(unknown))));
            Assert.All(answers, answer => answer.IsProblem(401, "unauthenticated"));
        }

        Assert.InRange(issuer.JwksRequests - asked, 1, 2 + (int)watch.Elapsed.TotalSeconds);
    }

    private static Task<string> TokenAsync(IdentityProvider issuer, string client)
        => issuer.TokenAsync(new TokenRequest { Client = client, Roles = ["clerk"] });
}
