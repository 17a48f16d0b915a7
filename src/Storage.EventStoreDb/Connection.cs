using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EventStore.Client;

namespace Orderly.Storage.EventStoreDb;

/// <summary>The client's settings: what the connection string names, and for what it does not name our own.</summary>
internal static class Connection
{
    /// <summary>
    /// How long it may take to connect, with the TLS handshake. The client has no bound of its own (23.3.8): a node that is frozen takes
    /// connections and answers none, and whoever is sent there by another node's gossip, which is a moment old, would wait for ever.
    /// </summary>
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How often a silent connection is tried, how long its answer may take, and that of a node that is asked for the leader.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentException">It can't be read; the message does not repeat it, since it may hold a password.</exception>
    public static EventStoreClientSettings SettingsOf(string connectionString)
    {
        try
        {
            var settings = EventStoreClientSettings.Create(connectionString);
            var connectivity = settings.ConnectivitySettings;
            bool Names(string option) => connectionString.Contains($"{option}=", StringComparison.OrdinalIgnoreCase);
            connectivity.GossipTimeout = Names("gossipTimeout") ? connectivity.GossipTimeout : s_patience;
            connectivity.KeepAliveInterval = Names("keepAliveInterval") ? connectivity.KeepAliveInterval : s_patience;
            connectivity.KeepAliveTimeout = Names("keepAliveTimeout") ? connectivity.KeepAliveTimeout : s_patience;
            settings.CreateHttpMessageHandler = () => HandlerOf(connectivity);
            return settings;
        }
        catch (ConnectionStringParseException e)
        {
            // Not with its text: that may hold a password.
            throw new ArgumentException(
                $"The connection string of EventStoreDB can't be read ({e.GetType().Name}); it has the form "
                + "esdb://user:password@host:2113?tls=true.");
        }
    }

    /// <summary>As the client makes it by itself, but that it can't take for ever to connect, and checks a certificate's name.</summary>
    private static UnreachableHandler HandlerOf(EventStoreClientConnectivitySettings connectivity)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = s_connectTimeout,
            KeepAlivePingDelay = connectivity.KeepAliveInterval,
            KeepAlivePingTimeout = connectivity.KeepAliveTimeout,
            EnableMultipleHttp2Connections = true,
        };
        if (connectivity.Insecure)
        {
            return new UnreachableHandler(handler);
        }

        if (connectivity.ClientCertificate is { } own)
        {
            handler.SslOptions.ClientCertificates = [own];
        }

        if (!connectivity.TlsVerifyCert)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (connectivity.TlsCaFile is { } authority)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors)
                => !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                    && certificate is X509Certificate2 nodes && chain is not null && IsOf(authority, nodes, chain);
        }

        return new UnreachableHandler(handler);
    }

    private static bool IsOf(X509Certificate2 authority, X509Certificate2 certificate, X509Chain chain)
    {
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(certificate);
    }

    /// <summary>
    /// Says of a node that took too long to connect that it can't be reached, which makes the client look for another one: it does when the
    /// fault is a socket's. It takes what the framework says for a call that was given up, and stays with the node.
    /// </summary>
    private sealed class UnreachableHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new HttpRequestException(
                    $"{request.RequestUri?.Authority} did not connect in time: {e.Message}",
                    new SocketException((int)SocketError.TimedOut));
            }
        }
    }
}
