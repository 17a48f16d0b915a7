using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orderly.Tests;

namespace Orderly.Api.Tests;

/// <summary>How requests end whose service stops, or whose client goes away.</summary>
public sealed class EndingTests
{
    /// <summary>The views stand still here: nobody moves them.</summary>
    [Fact]
    public async Task Two_thousand_waiting_readers_are_told_at_once_that_the_service_stops()
    {
        const int Readers = 2000;
        var time = new WaitingTime();
        await using var api = await RunningApi.StartAsync(
            null, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time)), "--Orderly:Workers", "Separate");

        // The client takes all of its connections for the readers, so it reads the OpenAPI document before.
        await api.GetAsync("/health/live");
        Task<Answer> Ask(int reader) => reader % 2 == 0
            ? api.GetAsync("/v1/products", ("Min-Log-Position", "99999999"), ("Prefer", "wait=30"))
            : api.GetAsync("/v1/orders/o-1?until=validated", ("Prefer", "wait=30"));
        var waiting = Enumerable.Range(0, Readers).Select(Ask).ToList();
        await Wait.UntilAsync(() => time.Waits >= Readers);

        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.All(
            await Task.WhenAll(waiting.Append(Ask(0)).Append(Ask(1))),
            answer => Assert.Equal("1", answer.IsProblem(503, "stopping").Headers["Retry-After"]));
    }

    [Fact]
    public async Task A_body_that_comes_slowly_does_not_hold_up_a_stop()
    {
        await using var api = await RunningApi.StartAsync();
        using var client = await StartBodyAsync(api.Address);

        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 503 Service Unavailable", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_resets_its_connection_is_no_failure_of_the_service()
    {
        const int Clients = 50;
        const int ClientGone = 4004;
        using var log = new RecordedLog();
        await using (var api = await RunningApi.StartAsync(
            null, services => services.AddLogging(logging => logging.AddProvider(log)), "--Logging:LogLevel:Orderly.Api", "Debug"))
        {
            for (var i = 0; i < Clients; i++)
            {
                using var client = await StartBodyAsync(api.Address);

                // Not the client's own end, which would say that nothing more comes.
                client.Client.Close(timeout: 0);
            }

            await Wait.UntilAsync(() => log.Entries.Count(entry => entry.Id == ClientGone) == Clients);
        }

        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
        Assert.All(log.Entries.Where(entry => entry.Id == ClientGone), entry => Assert.Equal(LogLevel.Debug, entry.Level));
    }

    /// <summary>A client of whose request the service has begun to read the body, which does not come.</summary>
    private static async Task<TcpClient> StartBodyAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
            + "Expect: 100-continue\r\n\r\n"));

        // The service asks for the body when it reads it.
        var answer = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await stream.ReadExactlyAsync(answer);
        Assert.StartsWith("HTTP/1.1 100 ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Counts the waits that began, by their timers, which never end: a slow machine has no wait that is over.</summary>
    private sealed class WaitingTime : TimeProvider
    {
        private int _waits;

        public int Waits => Volatile.Read(ref _waits);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.FromSeconds(15) && dueTime <= TimeSpan.FromSeconds(30))
            {
                Interlocked.Increment(ref _waits);
                dueTime = Timeout.InfiniteTimeSpan;
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class RecordedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, int Id)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Entries.Enqueue((logLevel, eventId.Id));

        public void Dispose()
        {
            // There is nothing to let go.
        }
    }
}
