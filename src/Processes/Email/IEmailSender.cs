namespace Orderly.Processes.Email;

/// <summary>Hands messages over to whoever delivers them. Safe for concurrent use.</summary>
public interface IEmailSender
{
    /// <summary>Whether a message that is sent twice arrives once.</summary>
    bool DeliversOnce { get; }

    /// <summary>Sends a message. Done when it was taken over: it is delivered, or its sender is told that it can't be.</summary>
    /// <exception cref="EmailRefusedException">This message, or its recipient, was refused; others may well be accepted.</exception>
    /// <exception cref="EmailUnavailableException">No message can be sent now. Whether this one was taken over may be unknown.</exception>
    Task SendAsync(EmailMessage message, CancellationToken cancellationToken);
}

/// <summary>One message was refused.</summary>
/// <param name="message">Who refused it, and why. The recipient's address is not repeated.</param>
/// <param name="isPermanent">Whether it will be refused again; false: it may be accepted later.</param>
public sealed class EmailRefusedException(string message, bool isPermanent) : Exception(message)
{
    public bool IsPermanent { get; } = isPermanent;
}

/// <summary>
/// No message can be sent now: the server can't be reached, does not want us, or the folder can't be written. When the
/// connection broke at the end of a message, the server may have taken it over: sent again, it has the same <c>Message-ID</c>.
/// </summary>
/// <param name="hasBegun">
/// Whether the message had been begun: then it may be this one alone that the server, or something on the way, stumbles over.
/// </param>
public sealed class EmailUnavailableException(string message, Exception? inner = null, bool hasBegun = false) : Exception(message, inner)
{
    public bool HasBegun { get; } = hasBegun;
}
