using System.Diagnostics;
using System.Globalization;
using Orderly.Architecture.Tests;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests.Cluster;

/// <summary>Three nodes of EventStoreDB with TLS, and the user that Orderly is to be: what the script beside this file makes.</summary>
internal sealed class EventStoreDbCluster : IAsyncDisposable
{
    private static readonly string s_script = Path.Combine(
        Repository.Root, "tests", "EndToEnd.Tests", "Cluster", "cluster");

    private readonly string _directory = Directory.CreateTempSubdirectory("orderly-cluster-").FullName;

    /// <summary>Whether the environment says how a node is run.</summary>
    public static bool IsThere => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ORDERLY_TEST_EVENTSTOREDB_NODE"));

    public string ConnectionString { get; private set; } = "";

    public static async Task<EventStoreDbCluster> StartAsync()
    {
        var cluster = new EventStoreDbCluster();
        cluster.ConnectionString = await cluster.DoAsync("up");
        return cluster;
    }

    /// <summary>The number of the node that leads, once one does.</summary>
    public async Task<int> LeaderAsync()
    {
        var leader = "";
        await Wait.UntilAsync(async () => (leader = await DoAsync("leader")).Length > 0);
        return int.Parse(leader, CultureInfo.InvariantCulture);
    }

    /// <summary>One of the script's verbs on a node.</summary>
    public Task DoAsync(string verb, int node) => DoAsync(verb, node.ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        await DoAsync("down");
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<string> DoAsync(params string[] words)
    {
        using var script = Process.Start(new ProcessStartInfo(s_script, [_directory, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, $"cluster {string.Join(' ', words)}: {output}{await errors}");
        return output.Trim();
    }
}
