using Orderly.ReadModels.ViewStore;

namespace Orderly.Contracts.ViewStore;

/// <summary>
/// What every adapter of <see cref="IViewStore"/> has to do. The tests use views of their own, so they can run against
/// a server that holds other data.
/// </summary>
public abstract partial class ViewStoreContract : IAsyncLifetime
{
    private readonly List<IViewStore> _stores = [];

    private readonly Lazy<IViewStore> _store;

    protected ViewStoreContract() => _store = new Lazy<IViewStore>(Connect);

    /// <summary>Ends a test that would hang, never one that is only slow.</summary>
    protected CancellationToken Patience { get; } = new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    protected IViewStore Store => _store.Value;

    /// <summary>Another client of the same data, as another process would be. The suite disposes of it.</summary>
    protected abstract IViewStore CreateStore();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            switch (store)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
        }
    }

    protected IViewStore Connect()
    {
        var store = CreateStore();
        _stores.Add(store);
        return store;
    }

    protected static StoredDocument<Sample> Document(string id, string? text, long position = 1, long? number = null, string? author = null)
        => new(id, position, Sample.Of(text, number, author));

    /// <summary>Commits to all partitions of a generation, and expects it to be accepted.</summary>
    protected async Task<ViewGeneration> CommitAsync(
        View<Sample> view, ViewGeneration generation, long position, params IReadOnlyList<StoredDocument<Sample>> upserts)
        => generation with { Partitions = await CommitAsync(view, generation.Partitions, position, upserts) };

    /// <summary>Commits to some partitions, and expects it to be accepted.</summary>
    protected async Task<IReadOnlyList<ViewPartition>> CommitAsync(
        View<Sample> view, IReadOnlyList<ViewPartition> partitions, long position, params IReadOnlyList<StoredDocument<Sample>> upserts)
    {
        var committed = await Store.CommitAsync(view, new ViewCommit<Sample>(partitions, position, upserts, []), Patience);
        Assert.NotNull(committed);
        return committed;
    }

    /// <summary>The generation with partitions in the place of those with their indices.</summary>
    protected static ViewGeneration With(ViewGeneration generation, params IReadOnlyList<ViewPartition> partitions)
        => generation with
        {
            Partitions =
            [.. generation.Partitions.Select(old => partitions.SingleOrDefault(partition => partition.Index == old.Index) ?? old)]
        };

    /// <summary>A view with a live generation, of one partition, that holds these documents.</summary>
    protected Task<(View<Sample> View, ViewGeneration Live)> GivenAsync(
        long position, params IReadOnlyList<StoredDocument<Sample>> documents)
        => GivenPartitionsAsync(1, position, documents);

    /// <summary>A view with a live generation, of so many partitions that are all at the position.</summary>
    protected async Task<(View<Sample> View, ViewGeneration Live)> GivenPartitionsAsync(
        int partitions, long position, params IReadOnlyList<StoredDocument<Sample>> documents)
    {
        var view = SampleViews.Unique();
        var live = await Store.OpenAsync(view, partitions, Patience);
        return (view, await CommitAsync(view, live, position, documents));
    }

    protected Task<ViewSnapshot<Sample>> FindAsync(View<Sample> view, params IReadOnlyCollection<string> ids)
        => Store.FindAsync(view, ids, Patience);

    protected Task<ViewSnapshot<Sample>> AllAsync(View<Sample> view)
        => Store.QueryAsync(view, new ViewQuery([], 10_000), Patience);

    protected async Task<IReadOnlyList<ViewGeneration>> GenerationsAsync(View view)
        => [.. (await Store.ReadGenerationsAsync(Patience)).Where(generation => generation.View == view.Name)];

    protected static IEnumerable<string> Ids(ViewSnapshot<Sample> snapshot) => snapshot.Documents.Select(document => document.Id);

    protected static IEnumerable<string?> Texts(ViewSnapshot<Sample> snapshot)
        => snapshot.Documents.Select(document => document.Value.Text);
}
