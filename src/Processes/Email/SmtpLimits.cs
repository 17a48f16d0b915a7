using MailKit;
using MailKit.Net.Smtp;

namespace Orderly.Processes.Email;

/// <summary>
/// Holds a conversation with a mail server to its limits: MailKit tells it what is said. MailKit's own time limit is for
/// each read, so that a server that says a little now and then is never done, and MailKit reads an answer of any length.
/// </summary>
internal sealed class SmtpLimits : IProtocolLogger
{
    /// <summary>What a server may say in all, in bytes. A usual conversation has less than one kilobyte.</summary>
    private const int MaxBytes = 64 * 1024;

    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _source;
    private int _bytes;

    /// <param name="timeout">How long connecting may take, and each answer.</param>
    public SmtpLimits(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _source.CancelAfter(timeout);
    }

    /// <summary>Cancelled by the caller, or when the server did not answer in time.</summary>
    public CancellationToken Token => _source.Token;

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    public void LogConnect(Uri uri) => _source.CancelAfter(_timeout);

    public void LogClient(byte[] buffer, int offset, int count) => _source.CancelAfter(_timeout);

    /// <exception cref="SmtpProtocolException">The server has said too much.</exception>
    public void LogServer(byte[] buffer, int offset, int count)
    {
        _bytes += count;
        if (_bytes > MaxBytes)
        {
            throw new SmtpProtocolException("It answers without an end.");
        }
    }

    public void Dispose() => _source.Dispose();
}
