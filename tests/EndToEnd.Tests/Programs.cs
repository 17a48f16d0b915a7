using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orderly.EndToEnd.Tests;

/// <summary>A directory for the data of one test, removed afterwards.</summary>
public sealed class DataDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("orderly-e2e-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>One of the two programs, run as an operator runs it.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private RunningProgram(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(System.IO.Path.Combine(AppContext.BaseDirectory, $"Orderly.{program}.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public static RunningProgram StartWorker(DataDirectory data, params IEnumerable<string> arguments)
        => new("Worker", arguments.Append($"--Orderly:DataDirectory={data.Path}"));

    public static RunningProgram StartApi(DataDirectory data, int port, params IEnumerable<string> settings)
        => new("Api", [$"--urls=http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", $"--Orderly:DataDirectory={data.Path}", .. settings]);

    /// <summary>Waits for the end and answers the exit code.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: it gets no chance to finish anything.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}

/// <summary>The API as a process, with a client for it.</summary>
internal sealed class RunningApi : IAsyncDisposable
{
    private readonly RunningProgram _program;

    private RunningApi(RunningProgram program, int port)
    {
        _program = program;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}"), Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Client { get; }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<RunningApi> StartAsync(DataDirectory data, params IEnumerable<string> settings)
    {
        var port = FreePort();
        var api = new RunningApi(RunningProgram.StartApi(data, port, settings), port);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                using var answer = await api.Client.GetAsync("/health/ready", limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return api;
                }
            }
            catch (HttpRequestException) when (!api._program.HasExited)
            {
                // Not listening yet.
            }

            Assert.False(api._program.HasExited, api._program.Output + api._program.Errors);
            await Task.Delay(50, limit.Token);
        }
    }

    public Task KillAsync() => _program.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _program.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
