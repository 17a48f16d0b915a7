using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orderly.Bench;

/// <summary>The API as a process of its own, under 64 connections that each place one order after the other: W5; and with an access
/// token beside one that asks nobody who they are: W13.</summary>
internal static class HttpLoad
{
    // Until the runtime has compiled anew what is called often: on two cores that takes a dozen seconds.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(8);

    public static Task<IReadOnlyList<Figure>> RunAsync(BenchSettings settings)
        => WithApiAsync(settings, BenchServices.OnlyViews, async (_, port) =>
    {
        await LoadAsync(port, s_warmUp);
        var watch = Stopwatch.StartNew();
        var latencies = await LoadAsync(port, s_duration);
        var rate = latencies.Count / watch.Elapsed.TotalSeconds;
        latencies.Sort();
        return
        [
            new Figure("placed over HTTP", "requests/s", rate),
            new Figure("answer p50", "ms", latencies[latencies.Count / 2]),
            new Figure("answer p99", "ms", latencies[(int)(latencies.Count * 0.99)]),
        ];
    });

    public static async Task<IReadOnlyList<Figure>> WithTokenAsync(BenchSettings settings)
    {
        const int Turns = 4;
        await using var issuer = await Issuer.StartAsync();
        var (token, length) = (issuer.Token(), s_duration / Turns);
        var guarded = settings with { Directory = Path.Combine(settings.Directory, "guarded") };
        (string, string)[] trusting = [.. BenchServices.OnlyViews, ("Orderly:Authentication:Issuers:0:Authority", issuer.Name)];
        return await WithApiAsync(settings, BenchServices.OnlyViews, (_, open) => WithApiAsync(guarded, trusting, async (_, asking) =>
        {
            await LoadAsync(open, s_warmUp);
            await LoadAsync(asking, s_warmUp, token);
            var (without, with) = (0, 0);
            for (var turn = 0; turn < Turns; turn++)
            {
                without += (await LoadAsync(open, length)).Count;
                with += (await LoadAsync(asking, length, token)).Count;
            }

            return
            [
                new Figure("placed over HTTP, open", "requests/s", without / s_duration.TotalSeconds),
                new Figure("placed over HTTP with a token", "requests/s", with / s_duration.TotalSeconds),
                new Figure("ratio", "", (double)with / without),
            ];
        }));
    }

    /// <param name="more">Settings besides those of the bench.</param>
    /// <param name="measureAsync">Gets the API's process and its port.</param>
    public static async Task<IReadOnlyList<Figure>> WithApiAsync(
        BenchSettings settings,
        IReadOnlyList<(string Name, string Value)> more,
        Func<Process,
        int,
        Task<IReadOnlyList<Figure>>> measureAsync)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(
            Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Orderly.Api.dll"),
                "--urls",
                $"http://127.0.0.1:{port}",
                "--Orderly:Workers=InProcess",
                "--Orderly:Limits:RequestsPerSecond=1000000",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings.Configuration.Select(one => (one.Key, one.Value)).Concat(
            more.Select(one => (one.Name, (string?)one.Value))))
        {
            start.ArgumentList.Add($"--{name}={value}");
        }

        using var api = Process.Start(start)!;
        api.OutputDataReceived += (_, line) => Debug.WriteLine(line.Data);
        api.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        api.BeginOutputReadLine();
        api.BeginErrorReadLine();
        try
        {
            await WaitUntilReadyAsync(port);
            return await measureAsync(api, port);
        }
        finally
        {
            api.Kill();
            await api.WaitForExitAsync();
        }
    }

    private static async Task<List<double>> LoadAsync(int port, TimeSpan duration, string? token = null)
    {
        var watch = Stopwatch.StartNew();
        var connections = await Task.WhenAll(Enumerable.Range(0, Writers.Count).Select(connection => Task.Run(async () =>
        {
            using var socket = new HttpConnection();
            await socket.ConnectAsync(port);
            List<double> latencies = [];
            while (watch.Elapsed < duration)
            {
                var sent = Stopwatch.GetTimestamp();
                var status = await socket.PostAsync("/v1/orders", Order(), token);
                if (status != 201)
                {
                    throw new InvalidOperationException($"The API answered {status}.");
                }

                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return latencies;
        })));
        return [.. connections.SelectMany(one => one)];
    }

    private static string Order() => $$$"""
        {"orderId":"{{{Guid.CreateVersion7()}}}","customerId":"customer-1","currency":"EUR",
        "lines":[{"sku":"LAMP-100","quantity":2,"unitPrice":19.95},
        {"sku":"BULB-E27","quantity":6,"unitPrice":2.5},{"sku":"CABLE-3M","quantity":1,"unitPrice":12.75}],
        "shippingAddress":{"recipient":"Ada Lovelace","line1":"12 St James's Square","postalCode":"SW1Y 4JH",
        "city":"London","country":"GB"}}
        """;

    private static async Task WaitUntilReadyAsync(int port)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var answer = await client.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (attempt < 150)
            {
                // Not listening yet.
            }

            await Task.Delay(200);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>One keep-alive connection. It does the least that HTTP asks for, so that the server gets the cores.</summary>
    private sealed class HttpConnection : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _buffer = new byte[16 * 1024];

        public Task ConnectAsync(int port) => _socket.ConnectAsync(IPAddress.Loopback, port);

        /// <summary>Posts and reads the whole answer; gives its status.</summary>
        public async Task<int> PostAsync(string path, string json, string? token)
        {
            var length = Encoding.UTF8.GetByteCount(json);
            var authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
            var request = $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: application/json\r\n"
                + $"Content-Length: {length}\r\n\r\n{json}";
            await _socket.SendAsync(Encoding.UTF8.GetBytes(request));
            var received = 0;
            while (true)
            {
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(received));
                if (read == 0)
                {
                    throw new IOException("The API closed the connection.");
                }

                received += read;
                if (IsWhole(_buffer.AsSpan(0, received), out var status))
                {
                    return status;
                }
            }
        }

        public void Dispose() => _socket.Dispose();

        private static bool IsWhole(ReadOnlySpan<byte> answer, out int status)
        {
            status = 0;
            var end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return false;
            }

            status = int.Parse(
                Encoding.ASCII.GetString(answer.Slice("HTTP/1.1 ".Length, 3)), System.Globalization.CultureInfo.InvariantCulture);
            var headers = Encoding.ASCII.GetString(answer[..end]);
            var body = answer[(end + 4)..];
            var at = headers.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            if (at < 0)
            {
                // Chunked: the last chunk is empty.
                return body.EndsWith("0\r\n\r\n"u8);
            }

            var value = headers.AsSpan(at + "Content-Length: ".Length);
            var line = value.IndexOf('\r');
            return body.Length >= int.Parse(line < 0 ? value : value[..line], System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
