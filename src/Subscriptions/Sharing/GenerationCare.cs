using System.Globalization;
using Microsoft.Extensions.Logging;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions;

/// <summary>
/// Sees to it that each view of this process has the generations that it should have. Every worker does so; the store decides.
/// </summary>
internal sealed partial class GenerationCare(IReadOnlyCollection<View> views, SubscriptionServices services, ILogger logger)
{
    /// <summary>
    /// Makes the generations of this process's views what they should be: one live, one of a newer version being built, none that is of
    /// no use any more.
    /// </summary>
    /// <returns>All generations of all views, as they are then.</returns>
    public async Task<IReadOnlyList<ViewGeneration>> TendAsync(CancellationToken cancellationToken)
    {
        var all = await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false);
        var isChanged = false;
        foreach (var view in views)
        {
            isChanged |= await TendAsync(view, [.. all.Where(generation => generation.View == view.Name)], cancellationToken)
                .ConfigureAwait(false);
        }

        return isChanged ? await services.Views.ReadGenerationsAsync(cancellationToken).ConfigureAwait(false) : all;
    }

    /// <summary>Notes as faults which live generations stand still because no worker that runs has their version.</summary>
    public async Task ReportOtherVersionsAsync(
        IReadOnlyList<ViewGeneration> generations, IReadOnlyCollection<ViewWorker> alive, CancellationToken cancellationToken)
    {
        foreach (var view in views)
        {
            var ofView = generations.Where(one => one.View == view.Name && one.State != GenerationState.Retired).ToList();
            if (ofView.Find(one => one.IsLive) is { } live && !ofView.Exists(one => alive.Any(worker => worker.Keeps(one))))
            {
                await ReportOtherVersionAsync(live, view, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> TendAsync(View view, List<ViewGeneration> generations, CancellationToken cancellationToken)
    {
        if (generations.Find(generation => generation.IsLive) is not { } live)
        {
            await services.Views.OpenAsync(view, services.Options.Partitions, cancellationToken).ConfigureAwait(false);
            return true;
        }

        // The store decides, in one instant with what is live then; this only spares asking it at every beat.
        var isChanged = false;
        if (live.Version < view.Version
            && !generations.Exists(one => one.Version == view.Version && (one.State == GenerationState.Building || one.IsDeclined))
            && await services.Views.StartVersionAsync(view, cancellationToken).ConfigureAwait(false) is { } started)
        {
            LogNewVersion(logger, view.Name, live.Version, view.Version, started.Number);
            isChanged = true;
        }

        foreach (var useless in generations.Where(one => IsUseless(one, live)))
        {
            await services.Views.DropGenerationAsync(useless, cancellationToken).ConfigureAwait(false);
            LogDropped(logger, view.Name, useless.Number, useless.State);
            isChanged = true;
        }

        return isChanged;
    }

    /// <summary>
    /// Whether nobody goes back to a generation any more, or it was being built of an older version than the live one and no operator
    /// wants to go back to it. A generation that was declined stays: it is how everybody knows that it was.
    /// </summary>
    private bool IsUseless(ViewGeneration generation, ViewGeneration live) => generation.State switch
    {
        GenerationState.Retired
            => !generation.IsDeclined && services.Time.GetUtcNow() - generation.RetiredAt > services.Options.KeepRetired,
        GenerationState.Building => generation.Version < live.Version && !live.IsDeclined,
        _ => false,
    };

    private async Task ReportOtherVersionAsync(ViewGeneration live, View view, CancellationToken cancellationToken)
    {
        var way = live.Version > view.Version ? "go back with 'worker rollback" : "build this one's with 'worker replay";
        var fault = string.Create(
            CultureInfo.InvariantCulture,
            $"The live view '{live.View}' is of version {live.Version}, and no worker that runs has that version: this one has "
            + $"{view.Version}. Run one that has it, or {way} {live.View}'.");
        foreach (var partition in live.Partitions.Where(partition => partition.Fault != fault))
        {
            LogOtherVersion(logger, fault);
            await services.Views.ReportFaultAsync(partition, fault, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(2008, LogLevel.Error, "{Fault}")]
    private static partial void LogOtherVersion(ILogger logger, string fault);

    [LoggerMessage(2010, LogLevel.Information, "View {View} of version {Old} is built anew in version {New}, as generation {Generation}.")]
    private static partial void LogNewVersion(ILogger logger, string view, int old, int @new, int generation);

    [LoggerMessage(2011, LogLevel.Information, "View {View}: generation {Generation}, {State}, was dropped.")]
    private static partial void LogDropped(ILogger logger, string view, int generation, GenerationState state);
}
