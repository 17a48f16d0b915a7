using Orderly.Processes.Email;

namespace Orderly.Testing;

/// <content>What the shop's processes are made with.</content>
public sealed partial class ProcessServices
{
    /// <summary>Takes every message, for <see cref="ProcessOutcome.Sent"/>.</summary>
    public IEmailSender Emails => new Outbox(this);

    private sealed class Outbox(ProcessServices services) : IEmailSender
    {
        public bool DeliversOnce => false;

        public Task SendAsync(EmailMessage message, CancellationToken cancellationToken)
        {
            services.Send(message);
            return Task.CompletedTask;
        }
    }
}
