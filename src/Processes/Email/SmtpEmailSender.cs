using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Orderly.Processes.Email;

/// <summary>Hands messages over to a mail server with MailKit, each on a connection of its own.</summary>
public sealed class SmtpEmailSender(SmtpOptions options) : IEmailSender
{
    private const int MaxAnswer = 500;

    /// <summary>
    /// "Closing the connection" (RFC 5321), "authentication required", "mechanism too weak", "credentials invalid" and
    /// "encryption required" (RFC 4954).
    /// </summary>
    private static readonly int[] s_aboutUs = [421, 530, 534, 535, 538];

    public bool DeliversOnce => false;

    public async Task SendAsync(EmailMessage message, CancellationToken cancellationToken)
    {
        using var mime = MimeFormat.Compose(message);
        using var limits = new SmtpLimits(options.Timeout, cancellationToken);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var client = new Client(limits, options.TrustedCertificates);
        var isOpen = false;
        try
        {
            await ConnectAsync(client, socket, limits.Token).ConfigureAwait(false);
            await LogInAsync(client, limits.Token).ConfigureAwait(false);
            isOpen = true;
            Restrict(client, mime);
            await client.SendAsync(MimeFormat.Options, mime, limits.Token).ConfigureAwait(false);
        }
        catch (SmtpCommandException e) when (isOpen && IsAboutTheMessage(e))
        {
            var what = e.ErrorCode == SmtpErrorCode.RecipientNotAccepted ? "recipient" : "message";
            throw new EmailRefusedException($"The mail server refused the {what}: {Say(e, mime)}", isPermanent: IsPermanent(e));
        }
        catch (Exception e) when (e is SocketException or IOException or ProtocolException or SmtpCommandException or SslHandshakeException
            or AuthenticationException or ServiceNotAuthenticatedException or NotSupportedException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var what = limits.Token.IsCancellationRequested
                ? $"did not answer within {options.Timeout:c}."
                : $"can't be used: {Say(e, mime)}";
            throw new EmailUnavailableException(
                $"The mail server {options.Host}:{options.EffectivePort} {what}", hasBegun: isOpen && !IsAboutUs(e));
        }
        finally
        {
            // MailKit passes over what goes wrong here. An error after the message was taken over would make the caller send it again.
            await client.DisconnectAsync(quit: true, limits.Token).ConfigureAwait(false);
        }
    }

    private async Task ConnectAsync(Client client, Socket socket, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(options.Host, options.EffectivePort, cancellationToken).ConfigureAwait(false);

        // A host's own name is often none that a server could look up; an address always serves (RFC 5321, section 4.1.3).
        // It is sent without the scope that it may have here.
        client.LocalDomain = new IPAddress(((IPEndPoint)socket.LocalEndPoint!).Address.GetAddressBytes()).ToString();
        var security = options.Security switch
        {
            SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            _ => SecureSocketOptions.None,
        };
        await client.ConnectAsync(socket, options.Host, options.EffectivePort, security, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Logs in with PLAIN, or else with LOGIN, which some servers have alone. It tries once: servers count attempts that fail.
    /// </summary>
    private async Task LogInAsync(Client client, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.UserName))
        {
            return;
        }

        var offered = client.AuthenticationMechanisms.ToHashSet(StringComparer.OrdinalIgnoreCase);
        SaslMechanism mechanism = offered.Contains("PLAIN") ? new SaslMechanismPlain(options.UserName, options.Password ?? "")
            : offered.Contains("LOGIN") ? new SaslMechanismLogin(options.UserName, options.Password ?? "")
            : throw new NotSupportedException("It offers no way to log in that is known here (PLAIN, LOGIN).");
        await client.AuthenticateAsync(mechanism, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Leaves out the extensions that change what an answer means: with SIZE, a message that is too long is refused as if its
    /// sender were.
    /// </summary>
    private static void Restrict(Client client, MimeMessage mime)
    {
        var needsUtf8 = mime.From.Mailboxes.Concat(mime.To.Mailboxes).Any(Mailbox.NeedsUtf8);
        if (needsUtf8 && !client.Capabilities.HasFlag(SmtpCapabilities.UTF8))
        {
            throw new EmailRefusedException("The mail server does not take addresses beyond ASCII (SMTPUTF8).", isPermanent: true);
        }

        // Servers further on may lack SMTPUTF8: it is used where it must be, and domains are sent in their ASCII form otherwise.
        client.Capabilities &= SmtpCapabilities.Pipelining | (needsUtf8 ? SmtpCapabilities.UTF8 : SmtpCapabilities.None);
    }

    /// <summary>Tells a refusal of this message or its recipient from one that holds for every message, such as of the sender.</summary>
    private static bool IsAboutTheMessage(SmtpCommandException e)
        => e.ErrorCode != SmtpErrorCode.SenderNotAccepted && (int)e.StatusCode >= 400 && !s_aboutUs.Contains((int)e.StatusCode);

    /// <summary>A reply that begins with 5. What begins with more is no reply (RFC 5321, 4.2.1), and says nothing for good.</summary>
    private static bool IsPermanent(SmtpCommandException e) => (int)e.StatusCode is >= 500 and <= 599;

    /// <summary>Whether every message would be refused like this: its sender is, or what the conversation lacks.</summary>
    private static bool IsAboutUs(Exception e)
        => e is SmtpCommandException refused
            && (refused.ErrorCode == SmtpErrorCode.SenderNotAccepted || (int)refused.StatusCode is 530 or 534 or 535 or 538);

    /// <summary>What happened, on one line, without the recipient's address.</summary>
    private static string Say(Exception e, MimeMessage mime)
    {
        var to = mime.To.Mailboxes.Single();
        var text = e switch
        {
            SmtpCommandException refused => $"{(int)refused.StatusCode} {e.Message}",
            AuthenticationException => $"the user name and password are refused: {e.Message}",

            // Without a certificate that was looked at, MailKit's message is advice, and the cause is inside.
            SslHandshakeException { ServerCertificate: null } => $"TLS can't begin: {e.GetBaseException().Message}",
            SslHandshakeException => e.Message,
            _ => e.GetBaseException().Message,
        };
        text = text
            .Replace(to.GetAddress(idnEncode: true), "recipient", StringComparison.OrdinalIgnoreCase)
            .Replace(to.GetAddress(idnEncode: false), "recipient", StringComparison.OrdinalIgnoreCase);
        return EmailText.OneLine(text, MaxAnswer);
    }

    private sealed class Client : SmtpClient
    {
        private readonly string? _trustedCertificates;

        public Client(SmtpLimits limits, string? trustedCertificates)
            : base(limits)
        {
            _trustedCertificates = trustedCertificates;
            Timeout = System.Threading.Timeout.Infinite; // SmtpLimits has it.

            // No question to the authority, which a mail server's network may not reach.
            CheckCertificateRevocation = false;
        }

        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
            string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
        {
            var tls = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
            if (_trustedCertificates is { } file)
            {
                tls.CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
            }

            return tls;
        }
    }
}
