using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Orderly.Processes.Email;

/// <summary>An answer of a mail server.</summary>
/// <param name="Code">Three digits; the first says: 2 done, 3 go on, 4 not now, 5 no.</param>
/// <param name="Lines">The texts of its lines, at least one.</param>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>The server is about to close the connection.</summary>
    public bool IsClosing => Code == 421;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Code} {string.Join(' ', Lines)}").Trim();
}

/// <summary>A connection to a mail server: commands and answers (RFC 5321), with or without TLS (RFC 3207, RFC 8314).</summary>
/// <exception cref="EmailUnavailableException">From every method: the connection broke, or an answer did not come in time or makes no sense.</exception>
internal sealed class SmtpConnection : IAsyncDisposable
{
    private const int MaxLine = 4096;
    private const int MaxLines = 100;

    private readonly SmtpOptions _options;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[MaxLine];
    private Stream _stream = Stream.Null;
    private int _start;
    private int _end;

    public SmtpConnection(SmtpOptions options) => _options = options;

    /// <summary>The name to greet with: the own address, which needs no name server to be right (RFC 5321, section 4.1.3).</summary>
    public string OwnName
    {
        get
        {
            var address = ((IPEndPoint)_socket.LocalEndPoint!).Address;
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new IPAddress(address.GetAddressBytes())}]" : $"[{address}]";
        }
    }

    public ValueTask ConnectAsync(CancellationToken cancellationToken)
        => LimitAsync(
            "can't be reached",
            async limit =>
            {
                await _socket.ConnectAsync(_options.Host, _options.EffectivePort, limit).ConfigureAwait(false);
                _stream = new NetworkStream(_socket, ownsSocket: false);
            },
            cancellationToken);

    /// <summary>Goes on under TLS; the server's certificate must be for its name and of an authority that is trusted.</summary>
    public ValueTask SecureAsync(CancellationToken cancellationToken)
    {
        // Whatever came before the handshake came from anybody, and must not be read as an answer under TLS.
        return _start < _end
            ? throw Unavailable("sent more than the answer to STARTTLS")
            : LimitAsync(
                "is not trusted, or does not speak TLS",
                async limit =>
                {
                    var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
                    _stream = tls;
                    await tls.AuthenticateAsClientAsync(TlsOptions(), limit).ConfigureAwait(false);
                },
                cancellationToken);
    }

    /// <summary>Sends a command, and reads its answer.</summary>
    /// <param name="command">Without the line's end. Line breaks in it are a fault of the caller.</param>
    public ValueTask<SmtpReply> AskAsync(string command, CancellationToken cancellationToken)
        => command.AsSpan().IndexOfAny('\r', '\n') >= 0
            ? throw new ArgumentException("A command is one line.", nameof(command))
            : AskAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellationToken);

    /// <summary>Sends bytes as they are, and reads the answer to them.</summary>
    public async ValueTask<SmtpReply> AskAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await LimitAsync(
            "broke the connection",
            async limit =>
            {
                await _stream.WriteAsync(bytes, limit).ConfigureAwait(false);
                await _stream.FlushAsync(limit).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads an answer, of one line or several.</summary>
    public async ValueTask<SmtpReply> ReadReplyAsync(CancellationToken cancellationToken)
    {
        SmtpReply? reply = null;
        await LimitAsync("broke the connection", async limit => reply = await ReadAsync(limit).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        return reply!;
    }

    public EmailUnavailableException Unavailable(string what, Exception? inner = null)
        => new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The mail server {_options.Host}:{_options.EffectivePort} {what}{(inner is null ? "." : $": {EmailText.OneLine(inner.Message)}")}"),
            inner);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
    }

    private async Task<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        List<string> lines = [];
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (line.Length < 3
                || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                || code is < 200 or > 599
                || (line.Length > 3 && line[3] is not (' ' or '-')))
            {
                throw Unavailable("does not answer as a mail server does");
            }

            lines.Add(EmailText.OneLine(line[Math.Min(4, line.Length)..]));
            if (line.Length == 3 || line[3] == ' ')
            {
                return new SmtpReply(code, lines);
            }

            if (lines.Count == MaxLines)
            {
                throw Unavailable("answers without end");
            }
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start.._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, length);
                _start += length + 1;
                return line.TrimEnd('\r');
            }

            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (_end == _buffer.Length)
            {
                throw Unavailable("answers with a line that is too long");
            }

            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read > 0 ? read : throw Unavailable("closed the connection");
        }
    }

    private SslClientAuthenticationOptions TlsOptions()
    {
        var options = new SslClientAuthenticationOptions { TargetHost = _options.Host };
        if (_options.TrustedCertificates is { } file)
        {
            // As without a list of our own: no question to the authority, which a mail server's network may not reach.
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }

        return options;
    }

    private async ValueTask LimitAsync(string fault, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            await step(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or CryptographicException)
        {
            throw Unavailable(fault, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(string.Create(CultureInfo.InvariantCulture, $"did not answer within {_options.Timeout}"));
        }
    }
}
