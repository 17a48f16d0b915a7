using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.Api.Tests;

/// <summary>Reading your own writes.</summary>
[Collection(ApiCollection.Name)]
public sealed class FreshnessTests(SharedApi shared)
{
    private RunningApi Api => shared.Api;

    [Fact]
    public async Task A_write_is_read_back()
    {
        for (var i = 0; i < 50; i++)
        {
            var id = SharedApi.NewId();
            var placed = await Api.DoAsync("/v1/orders", Bodies.Order(id));

            var read = await Api.PatientAsync(placed.Headers["Location"], ("Min-Log-Position", placed.LogPosition));

            Assert.Equal(id, read.IsStatus(HttpStatusCode.OK).Json["orderId"]!.GetValue<string>());
            Assert.True(long.Parse(read.LogPosition) >= long.Parse(placed.LogPosition));
            Assert.False(read.Headers.ContainsKey("Preference-Applied"));
        }
    }

    [Theory]
    [InlineData("wait=0", "wait=0")]
    [InlineData("wait=\"0\"", "wait=0")]
    [InlineData("respond-async, WAIT=0; x=1", "wait=0")]
    [InlineData("foo=\"a, wait=7\", wait=0, wait=9", "wait=0")]
    public async Task A_view_that_is_behind_tells_how_far_it_is(string preference, string applied)
    {
        var answer = await Api.GetAsync("/v1/products", ("Min-Log-Position", "99999999"), ("Prefer", preference));

        answer.IsProblem(504, "view-behind");
        Assert.Equal(answer.LogPosition, answer.Json["position"]!.GetValue<string>());
        Assert.Equal(applied, answer.Headers["Preference-Applied"]);
    }

    [Theory]
    [InlineData("wait=31", "wait=30")]
    [InlineData("wait=99999999999999", "wait=30")]
    [InlineData("wait=7", "wait=7")]
    [InlineData("respond-async", null)]
    public async Task Waits_are_cut_to_thirty_seconds(string preference, string? applied)
        => Assert.Equal(
            applied, (await Api.GetAsync("/v1/products", ("Prefer", preference))).Headers.GetValueOrDefault("Preference-Applied"));

    /// <summary>The views stand still here: only the test moves them.</summary>
    [Fact]
    public async Task A_thousand_waiting_queries_hold_no_threads_and_are_all_answered()
    {
        const int Waiters = 1000;
        await using var api = await RunningApi.StartAsync(null, null, "--Orderly:Workers", "Separate");
        await api.DoAsync("/v1/products", Bodies.Product("TEA-1"));
        var head = await api.DoAsync("/v1/products/TEA-1/stock-receipts", """{"quantity":5}""");
        var progress = api.Services.GetRequiredService<ViewProgress>();
        Task<Answer> Ask(string position, string wait) => api.GetAsync("/v1/products", ("Min-Log-Position", position), ("Prefer", wait));

        // Connections are made and the pool is warm before anything is counted.
        await Task.WhenAll(Enumerable.Range(0, Waiters).Select(_ => Ask("1", "wait=0")));
        using var process = Process.GetCurrentProcess();
        var before = process.Threads.Count;

        var late = Enumerable.Range(0, Waiters / 10).Select(_ => Ask((long.Parse(head.LogPosition) + 1000).ToString(), "wait=2")).ToList();
        var waiting = Enumerable.Range(0, Waiters).Select(_ => Ask(head.LogPosition, "wait=30")).ToList();
        var tooLate = await Task.WhenAll(late);

        // Two seconds have passed for those that were too late; the others wait since then. Other tests of this process take threads too.
        Assert.All(tooLate, answer => answer.IsProblem(504, "view-behind"));
        Assert.DoesNotContain(waiting, one => one.IsCompleted);
        process.Refresh();
        Assert.InRange(process.Threads.Count, 0, before + (Waiters / 4));
        Assert.InRange(ThreadPool.ThreadCount, 0, before + (Waiters / 4));

        progress.Advance("stock-levels", long.Parse(head.LogPosition));
        Assert.All(await Task.WhenAll(waiting), answer => answer.IsStatus(HttpStatusCode.OK));
        Assert.Equal(head.LogPosition, (await api.HeadAsync()).ToString());
        Assert.Equal(LogPosition.Start, new LogPosition(progress.PositionOf("order-details")));
    }
}
