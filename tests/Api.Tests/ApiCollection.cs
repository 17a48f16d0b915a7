using System.Globalization;

namespace Orderly.Api.Tests;

/// <summary>One running service for the tests that need nothing special of it.</summary>
[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<SharedApi>
{
    public const string Name = "api";
}

public sealed class SharedApi : IAsyncLifetime
{
    private static int _last;

    public RunningApi Api { get; private set; } = null!;

    /// <summary>An id that no other test has.</summary>
    public static string NewId() => string.Create(CultureInfo.InvariantCulture, $"t-{Interlocked.Increment(ref _last)}");

    public async Task InitializeAsync() => Api = await RunningApi.StartAsync();

    public async Task DisposeAsync() => await Api.DisposeAsync();
}
