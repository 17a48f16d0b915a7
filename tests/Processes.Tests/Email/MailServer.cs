using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>A mail server on the loopback interface that answers as a test wants it to.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    /// <summary>Instead of an answer: closes the connection.</summary>
    public const string Close = "CLOSE";

    /// <summary>Instead of an answer: says nothing until the client is gone.</summary>
    public const string Silence = "SILENCE";

    /// <summary>Instead of an answer: sends a line of it now and then, and no last one.</summary>
    public const string Trickle = "TRICKLE";

    /// <summary>Names of steps besides the commands' own.</summary>
    public const string Greeting = "greeting", Content = "content";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _answers;
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly ConcurrentQueue<string> _contents = new();
    private readonly ConcurrentQueue<string> _taken = new();
    private readonly Task _running;
    private int _connections;

    /// <param name="answers">What to say at a step, instead of yes; lines are separated by <c>\n</c>.</param>
    public MailServer(params (string Step, string Answer)[] answers)
    {
        _answers = answers.ToDictionary(one => one.Step, one => one.Answer, StringComparer.Ordinal);
        _listener.Start();
        _running = ServeAsync();
    }

    /// <summary>What EHLO tells.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = ["8BITMIME"];

    /// <summary>Answers of which each is said once, before <see cref="MailServer(ValueTuple{string, string}[])"/>'s.</summary>
    public ConcurrentQueue<(string Step, string Answer)> Once { get; } = new();

    /// <summary>Says what to answer to a command, or at a step, before all others; null: they do.</summary>
    public Func<string, string?>? Judge { get; init; }

    public X509Certificate2? Certificate { get; init; }

    /// <summary>Whether TLS starts with the first byte.</summary>
    public bool IsTls { get; init; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => _connections;

    /// <summary>Everything that was said to it, without the contents.</summary>
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>Each message that it was sent, with its stuffed points taken away, one char a byte.</summary>
    public IReadOnlyList<string> Contents => [.. _contents];

    /// <summary>The contents of the messages that it said it had taken over.</summary>
    public IReadOnlyList<string> Taken => [.. _taken];

    /// <summary>How to reach it.</summary>
    public SmtpOptions Options
        => new() { Host = "127.0.0.1", Port = Port, Security = SmtpSecurity.None, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A certificate that vouches for itself.</summary>
    public static X509Certificate2 CreateCertificate(string name = "127.0.0.1")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        // SslStream wants a key that is stored with the certificate on some systems.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    public async ValueTask DisposeAsync()
    {
        // The listener last: accepting from one that is stopped fails in another way than by the token.
        await _stop.CancelAsync();
        await _running;
        _listener.Stop();
        _stop.Dispose();
        Certificate?.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> conversations = [];
        try
        {
            while (true)
            {
                conversations.Add(ConverseAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        Interlocked.Increment(ref _connections);
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (IsTls)
                {
                    stream = await SecureAsync(stream);
                }

                await ConverseAsync(stream);
            }
            catch (Exception e) when (e is IOException
                or OperationCanceledException
                or System.Security.Authentication.AuthenticationException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task ConverseAsync(Stream stream)
    {
        if (await AnswerAsync(stream, Greeting, "220 mail.example.com ready") is null)
        {
            return;
        }

        while (await ReadLineAsync(stream) is { } line)
        {
            _commands.Enqueue(line);
            var verb = line.Split(' ')[0];
            var usual = verb switch
            {
                "EHLO" => string.Join(
                    '\n',
                    new[] { "mail.example.com" }.Concat(Extensions).Select((one, i) => $"250{(i < Extensions.Count ? '-' : ' ')}{one}")),
                "DATA" => "354 go on",
                "STARTTLS" => "220 go on",
                "AUTH" => "235 welcome",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            var answer = await AnswerAsync(stream, verb, usual, line);
            if (answer is null || verb == "QUIT")
            {
                return;
            }

            if (verb == "STARTTLS")
            {
                stream = await SecureAsync(stream);
            }
            else if (verb == "DATA" && answer.StartsWith("354", StringComparison.Ordinal))
            {
                var content = await ReadContentAsync(stream);
                _contents.Enqueue(content);
                if (await AnswerAsync(stream, Content, "250 taken over", taken: content) is null)
                {
                    return;
                }
            }
        }
    }

    private async Task<Stream> SecureAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, _stop.Token);
        return tls;
    }

    /// <summary>Says an answer; null: that is the end of the conversation.</summary>
    /// <param name="taken">What it has taken over when the answer is yes.</param>
    private async Task<string?> AnswerAsync(Stream stream, string step, string usual, string? line = null, string? taken = null)
    {
        var answer = Judge?.Invoke(line ?? step) is { } judged ? judged
            : Once.TryPeek(out var once)
            && once.Step == step
            && Once.TryDequeue(out once) ? once.Answer : _answers.GetValueOrDefault(step, usual);
        if (answer == Close)
        {
            return null;
        }

        if (answer == Silence)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }

        while (answer == Trickle)
        {
            await stream.WriteAsync("250-x\r\n"u8.ToArray(), _stop.Token);
            await Task.Delay(20, _stop.Token);
        }

        if (taken is not null && answer.StartsWith('2'))
        {
            _taken.Enqueue(taken);
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"), _stop.Token);
        return answer.StartsWith("421", StringComparison.Ordinal) ? null : answer;
    }

    private async Task<string> ReadContentAsync(Stream stream)
    {
        var content = new StringBuilder();
        while (await ReadLineAsync(stream, Encoding.Latin1) is { } line && line != ".")
        {
            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return content.ToString();
    }

    /// <summary>Strict: a line ends with CR and LF, and neither is anywhere else.</summary>
    private async Task<string?> ReadLineAsync(Stream stream, Encoding? encoding = null)
    {
        List<byte> line = [];
        var next = new byte[1];
        while (await stream.ReadAsync(next, _stop.Token) == 1)
        {
            line.Add(next[0]);
            if (next[0] == '\n')
            {
                var text = (encoding ?? Encoding.UTF8).GetString([.. line]);
                return text.EndsWith("\r\n", StringComparison.Ordinal) && text.AsSpan(..^2).IndexOfAny('\r', '\n') < 0
                    ? text[..^2]
                    : throw new InvalidDataException($"A bare line break: '{text}'.");
            }
        }

        return null;
    }
}
