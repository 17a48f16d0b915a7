using Orderly.Domain.EventStore;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;

namespace Orderly.Subscriptions.Operating;

/// <inheritdoc cref="IViewOrigins"/>
/// <remarks>
/// It looks at all views at once, when somebody asks and the last look is a second old. A look that takes long holds nobody up for longer
/// than half a second, or two before the first has succeeded for who has to know: views can be read while the log is away. Safe for
/// concurrent use; one instance serves a process.
/// </remarks>
public sealed class ViewOrigins(IEventStore log, IViewReader views, TimeProvider time) : IViewOrigins
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_firstPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(0.5);

    private readonly Lock _gate = new();
    private IReadOnlyDictionary<string, string>? _last;
    private Task? _look;
    private long _began;

    public async ValueTask<string?> FindFaultAsync(string view, bool isAsked, CancellationToken cancellationToken)
    {
        Task look;
        TimeSpan left;
        lock (_gate)
        {
            if (_look is null || (_look.IsCompleted && time.GetElapsedTime(_began) >= s_fresh))
            {
                (_look, _began) = (LookAsync(), time.GetTimestamp());
            }

            var patience = (isAsked, _last) switch
            {
                (true, null) => s_firstPatience,
                (true, _) or (false, null) => s_patience,
                _ => TimeSpan.Zero,
            };
            (look, left) = (_look, patience - time.GetElapsedTime(_began));
        }

        if (!look.IsCompleted && left > TimeSpan.Zero)
        {
            try
            {
                await look.WaitAsync(left, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // What was seen last stands.
            }
        }

        return Volatile.Read(ref _last)?.GetValueOrDefault(view);
    }

    private async Task LookAsync()
    {
        // Not on the caller's time, which is inside the lock.
        await Task.Yield();
        try
        {
            var check = new LogCheck(log);
            Dictionary<string, string> faults = new(StringComparer.Ordinal);
            foreach (var live in (await views.ReadGenerationsAsync(CancellationToken.None).ConfigureAwait(false)).Where(one => one.IsLive))
            {
                if (await check.FindFaultAsync(live.Partitions, CancellationToken.None).ConfigureAwait(false) is { } fault)
                {
                    faults[live.View] = fault;
                }
            }

            Volatile.Write(ref _last, faults);
        }
        catch (Exception e) when (e is EventStoreUnavailableException or ViewStoreUnavailableException)
        {
            // Who needs the store that is away finds out.
        }
    }
}
