using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Orders;
using Orderly.Subscriptions;

namespace Orderly.Processes.Email;

/// <summary>A message on its way.</summary>
/// <param name="Told">The event that it tells.</param>
/// <param name="Attempts">How often it was tried before.</param>
public sealed record Letter(string OrderId, RecordedEvent Told, EmailMessage Message, int Attempts);

/// <summary>
/// Sends messages, each by itself, and records what becomes of those that the mail server does not take at once. One that takes longer
/// goes on in the background, so that no message waits for another one. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The pause after a refusal doubles from two seconds to an hour. So a server that has trouble for a moment costs seconds, and one that is
/// ill for days some 130 events for each message.
/// </remarks>
public sealed partial class EmailDeliveries(
    IEmailSender sender, CommandSender commands, EmailOptions options, TimeProvider time, ILogger<EmailDeliveries> logger) : IDisposable
{
    private const int AtOnce = 32;

    /// <summary>What those that are tried again leave free for new ones.</summary>
    private const int KeptFree = AtOnce / 2;

    private const int MaxReason = 500;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);

    /// <summary>How long the messages behind it wait for a new one, and how long while another one is under way already.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_littlePatience = TimeSpan.FromMilliseconds(250);

    /// <summary>Between tries to record what has become of a message, while the log can't be written.</summary>
    private static readonly TimeSpan s_recordPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Letter> _underWay = new();
    private readonly SemaphoreSlim _slots = new(AtOnce, AtOnce);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>
    /// How many messages may be under way, or sent, before it is committed that they are: one, where a message that is sent once more
    /// after a crash would arrive twice.
    /// </summary>
    public int MostInDoubt => sender.DeliversOnce ? AtOnce : 1;

    /// <summary>Whether there is room for one more of those that are tried again.</summary>
    public bool CanResend => _slots.CurrentCount > KeptFree;

    /// <summary>Whether this process is sending a message, or recording what became of it.</summary>
    public bool IsUnderWay(Guid messageId) => _underWay.ContainsKey(messageId);

    /// <summary>
    /// Sends a message for the first time. When it returns, the message was taken over, or the log says that it is tried again or can't
    /// be delivered.
    /// </summary>
    /// <exception cref="EmailUnavailableException">No message can be sent now; nothing is recorded.</exception>
    public async Task SendAsync(Letter letter, CancellationToken cancellationToken)
    {
        if (IsUnderWay(letter.Told.Id))
        {
            // It was begun before what was to be recorded about it could be.
            await RecordSlowAsync(letter, cancellationToken).ConfigureAwait(false);
            return;
        }

        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        var sending = AttemptAsync(letter);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = _underWay.IsEmpty ? s_patience : s_littlePatience;
        await Task.WhenAny(sending, Task.Delay(wait, time, patience.Token)).ConfigureAwait(false);
        await patience.CancelAsync().ConfigureAwait(false);
        if (sending.IsCompleted)
        {
            _slots.Release();
            await RecordAsync(letter, await sending.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return;
        }

        FollowUp(letter with { Attempts = letter.Attempts + 1 }, sending);
        await RecordSlowAsync(letter, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins to send a message once more, if <see cref="CanResend"/>; otherwise it is to be asked again.</summary>
    public void TryResend(Letter letter)
    {
        if (!IsUnderWay(letter.Told.Id) && CanResend && _slots.Wait(0, CancellationToken.None))
        {
            FollowUp(letter, AttemptAsync(letter));
        }
    }

    /// <summary>Records that a message can't be delivered.</summary>
    public Task GiveUpAsync(string orderId, RecordedEvent told, string reason, CancellationToken cancellationToken)
        => SettleAsync(orderId, told, reason, cancellationToken);

    /// <summary>Breaks off what is being sent: the next process sends it.</summary>
    public void Dispose() => _stop.Cancel();

    /// <summary>Sends a message. Answers null when it was taken over.</summary>
    /// <exception cref="EmailUnavailableException">No message can be sent now.</exception>
    private async Task<Fault?> AttemptAsync(Letter letter)
    {
        try
        {
            await sender.SendAsync(letter.Message, _stop.Token).ConfigureAwait(false);
            return null;
        }
        catch (EmailRefusedException e)
        {
            return new Fault(e.Message, e.IsPermanent);
        }
        catch (EmailUnavailableException e) when (e.HasBegun)
        {
            return new Fault(e.Message, IsPermanent: false);
        }
    }

    /// <summary>Goes on with a message in the background, until what became of it is recorded.</summary>
    private void FollowUp(Letter letter, Task<Fault?> sending)
    {
        _underWay[letter.Told.Id] = letter;
        _ = FinishAsync();

        async Task FinishAsync()
        {
            try
            {
                await RecordPatientlyAsync(letter, await ResultOfAsync(sending).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The process stops.
            }
            catch (Exception e)
            {
                LogFailed(e, letter.OrderId);
            }
            finally
            {
                _slots.Release();
                _underWay.TryRemove(letter.Told.Id, out _);
            }
        }
    }

    /// <summary>No message holds another one up here, so one that can't be sent now is like one that is refused now.</summary>
    private static async Task<Fault?> ResultOfAsync(Task<Fault?> sending)
    {
        try
        {
            return await sending.ConfigureAwait(false);
        }
        catch (EmailUnavailableException e)
        {
            return new Fault(e.Message, IsPermanent: false);
        }
    }

    private async Task RecordPatientlyAsync(Letter letter, Fault? fault)
    {
        while (true)
        {
            try
            {
                await RecordAsync(letter, fault, _stop.Token, isLate: true).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is EventStoreUnavailableException or ReactionDeferredException)
            {
                await Task.Delay(s_recordPause, time, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    /// <param name="isLate">Whether the log says of the message that it is tried again: then it is to say that it was taken over.</param>
    private Task RecordAsync(Letter letter, Fault? fault, CancellationToken cancellationToken, bool isLate = false)
    {
        if (fault is null)
        {
            return isLate ? SettleAsync(letter.OrderId, letter.Told, null, cancellationToken) : Task.CompletedTask;
        }

        if (fault.IsPermanent)
        {
            return SettleAsync(letter.OrderId, letter.Told, fault.Reason, cancellationToken);
        }

        var hasTimedOut = options.GiveUpAfter != Timeout.InfiniteTimeSpan
            && time.GetUtcNow() - letter.Message.Date > options.GiveUpAfter;
        return hasTimedOut
            ? SettleAsync(letter.OrderId, letter.Told, $"Given up: {fault.Reason}", cancellationToken)
            : DeferAsync(letter, fault.Reason, cancellationToken);
    }

    private Task<CommandResult> RecordSlowAsync(Letter letter, CancellationToken cancellationToken)
        => DeferAsync(letter, "The mail server has not answered yet.", cancellationToken);

    private Task<CommandResult> DeferAsync(Letter letter, string reason, CancellationToken cancellationToken)
    {
        var pause = Math.Min(s_firstPause.TotalSeconds * Math.Pow(2, letter.Attempts), s_longestPause.TotalSeconds);
        var retryAt = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().AddSeconds(pause).ToUnixTimeMilliseconds());
        return commands.SendAsync(
            EventReference.To(letter.Told), EmailProcess.Name, $"deferred until {retryAt:O}",
            context => new DeferEmail(
                letter.OrderId, letter.Told.Id, letter.Told.Type, letter.Told.Revision, EmailText.OneLine(reason, MaxReason), retryAt)
            { Context = context },
            cancellationToken);
    }

    private Task<CommandResult> SettleAsync(string orderId, RecordedEvent told, string? fault, CancellationToken cancellationToken)
        => commands.SendAsync(
            EventReference.To(told), EmailProcess.Name, "settled",
            context => new SettleEmail(orderId, told.Id, told.Type, fault is null ? null : EmailText.OneLine(fault, MaxReason))
            { Context = context },
            cancellationToken);

    [LoggerMessage(5102, LogLevel.Error, "What became of a message about order {Order} could not be recorded; it is sent again.")]
    private partial void LogFailed(Exception e, string order);

    /// <summary>Why a message was not taken over.</summary>
    private sealed record Fault(string Reason, bool IsPermanent);
}
