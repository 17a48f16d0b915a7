using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orderly.Domain.EventStore;
using Orderly.Hosting;
using Orderly.ReadModels.ViewStore;
using Orderly.Subscriptions;
using Orderly.Tests;

namespace Orderly.EndToEnd.Tests;

/// <summary>The stores of a deployment, looked at beside or after the programs that use them.</summary>
internal sealed class Stores : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public Stores(Deployment data)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(data.Settings).Build();
        _services = new ServiceCollection().AddLogging().AddOrderlyServices(configuration).BuildServiceProvider();
    }

    public IEventStore Log => _services.GetRequiredService<IEventStore>();

    public IViewStore Views => _services.GetRequiredService<IViewStore>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public async Task<List<RecordedEvent>> ReadLogAsync()
    {
        List<RecordedEvent> events = [];
        await foreach (var recorded in Log.ReadAllAsync(LogPosition.Start, EventFilter.Everything, long.MaxValue, CancellationToken.None))
        {
            events.Add(recorded);
        }

        return events;
    }

    /// <summary>Waits until every view and every process has taken in the whole log, so that none has anything left to do.</summary>
    /// <remarks>
    /// The log's end is read after the positions: a process appends before its position moves, so that end includes what it appended.
    /// </remarks>
    /// <returns>The log's end.</returns>
    public async Task<LogPosition> AtRestAsync()
    {
        List<string> names = [.. _services.GetServices<IProjectionWorker>().Select(worker => worker.View.Name)];
        var head = LogPosition.Start;
        IReadOnlyList<ViewGeneration> generations = [];
        try
        {
            await Wait.UntilAsync(async () =>
            {
                generations = await Views.ReadGenerationsAsync(CancellationToken.None);
                head = await Log.ReadHeadAsync(CancellationToken.None);
                return names.TrueForAll(name => generations.Any(one => one.View == name && one.IsLive && one.Position >= head.Value));
            });
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The log ends at {head}. {string.Join('\n', generations.SelectMany(one => one.Partitions))}", e);
        }

        return head;
    }

    /// <summary>Folds the log afresh for every view and every process and compares each document with what is live.</summary>
    public async Task AssertViewsAreWhatTheLogSaysAsync()
    {
        foreach (var worker in _services.GetServices<IProjectionWorker>())
        {
            List<ViewDifference> differences = [];
            var result = await worker.VerifyAsync(differences.Add, new Progress<FoldProgress>(), CancellationToken.None);
            Assert.Empty(differences);

            // Some processes remember nothing, nothing was bought together or sold before an order was confirmed, and nobody issues a key.
            Assert.True(
                result.Documents > 0 || worker is ProjectionWorker<Stateless> || result.View is "bought-together" or "sales" or "api-keys",
                $"{result.View} is empty.");
        }
    }

    /// <summary>
    /// Every document of what queries read or, of a view that has no such, of what was built, as JSON with its position, by id.
    /// </summary>
    public async Task<Dictionary<string, string>> ReadViewAsync<TDocument>(View<TDocument> view)
        where TDocument : class
    {
        Dictionary<string, string> documents = new(StringComparer.Ordinal);
        string? last = null;
        while (true)
        {
            var generation = (await Views.ReadGenerationsAsync(CancellationToken.None))
                .Where(one => one.View == view.Name)
                .OrderByDescending(one => one.IsLive)
                .First();
            var page = (await Views.PageAsync(view, generation.Number, last, 1000, CancellationToken.None))!;
            foreach (var document in page.Documents)
            {
                documents.Add(document.Id, $"{document.Position} {JsonSerializer.Serialize(document.Value, view.Json)}");
            }

            if (page.Documents.Count == 0)
            {
                return documents;
            }

            last = page.Documents[^1].Id;
        }
    }
}
