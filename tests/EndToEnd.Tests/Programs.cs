using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Orderly.Api;
using Orderly.Tests;
using Orderly.Worker;

namespace Orderly.EndToEnd.Tests;

/// <summary>One of the programs, run as an operator runs it.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    /// <summary>A shell that takes a number of open files, lowers the limit to it and becomes the program that follows.</summary>
    private static readonly string[] s_limited = ["sh", "-c", "ulimit -n $1; shift; exec \"$@\"", "sh"];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private bool _isDisposed;

    private RunningProgram(string program, IEnumerable<string> arguments, int? openFiles = null, bool losesUnsynced = false)
    {
        string[] call =
        [
            .. openFiles is { } files ? [.. s_limited, string.Create(CultureInfo.InvariantCulture, $"{files}")] : Array.Empty<string>(),
            "dotnet", System.IO.Path.Combine(AppContext.BaseDirectory, $"Orderly.{program}.dll"), .. arguments,
        ];
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(call[0], call[1..]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };

        if (losesUnsynced)
        {
            _process.StartInfo.Environment["DOTNET_STARTUP_HOOKS"]
                = System.IO.Path.Combine(AppContext.BaseDirectory, "Orderly.PowerCut.dll");
        }

        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written, and how it ended if it did: for the message of a test that fails.</summary>
    public string Story => $"{(HasExited ? $"exit code {_process.ExitCode}" : "running")}\n{Output}{Errors}";

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    /// <param name="arguments">The command, and settings that go before those of the deployment.</param>
    public static RunningProgram StartWorker(Deployment data, params IReadOnlyList<string> arguments)
        => new("Worker", WordsOf(data, arguments));

    /// <summary>
    /// Runs a command of the worker to its end, in the process of the tests, which saves its start. What it logs goes to their streams.
    /// </summary>
    /// <param name="arguments">As for <see cref="StartWorker"/>.</param>
    public static async Task<Ended> RunWorkerAsync(Deployment data, params IReadOnlyList<string> arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await WorkerCommandLine.RunAsync(
            WordsOf(data, arguments), TextWriter.Synchronized(output), TextWriter.Synchronized(errors)).WaitAsync(Wait.Limit);
        return new Ended(code, output.ToString(), errors.ToString());
    }

    /// <summary>Starts the shop that is played.</summary>
    public static RunningProgram StartDemo(params IEnumerable<string> arguments) => new("Demo", arguments);

    /// <summary>Plays the shop to its end.</summary>
    public static async Task<Ended> RunDemoAsync(params IEnumerable<string> arguments)
    {
        await using var demo = StartDemo(arguments);
        return new Ended(await demo.WaitForExitAsync(), demo.Output, demo.Errors);
    }

    /// <summary>Runs the load program to its end.</summary>
    public static async Task<Ended> RunBenchAsync(params IEnumerable<string> arguments)
    {
        await using var bench = new RunningProgram("Bench", arguments);
        return new Ended(await bench.WaitForExitAsync(), bench.Output, bench.Errors);
    }

    /// <param name="port">Where it listens; 0: on a port that is free.</param>
    public static RunningProgram StartApi(Deployment data, int port, params IEnumerable<string> settings)
        => StartApi(data, port, null, settings);

    /// <inheritdoc cref="StartApi(Deployment, int, IEnumerable{string})"/>
    /// <param name="openFiles">How many files it may have open; null: as many as the test.</param>
    /// <param name="losesUnsynced">
    /// Whether what it did not sync is gone when it is killed, as after a power cut. Nobody else may use the stores meanwhile.
    /// </param>
    public static RunningProgram StartApi(
        Deployment data, int port, int? openFiles, IEnumerable<string> settings, bool losesUnsynced = false)
        => new(
            "Api", [$"--urls=http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", .. SettingsOf(data), .. settings],
            openFiles, losesUnsynced);

    /// <summary>Runs an API that can't start to its end, in the process of the tests, as <see cref="RunWorkerAsync"/> does.</summary>
    public static async Task<Ended> RunApiAsync(Deployment data, params IEnumerable<string> settings)
    {
        await using var errors = new StringWriter();
        var code = await ApiHost.RunAsync(["--urls=http://127.0.0.1:0", .. SettingsOf(data), .. settings], errors).WaitAsync(Wait.Limit);
        return new Ended(code, "", errors.ToString());
    }

    /// <summary>Waits for the end and answers the exit code. The limit ends a program that hangs.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(20));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until it has written something.</summary>
    public Task SaysAsync(string text) => Wait.UntilAsync(async () =>
    {
        var isOver = HasExited;
        if (isOver)
        {
            // Then all that it has written is here.
            await WaitForExitAsync();
        }

        var says = (Output + Errors).Contains(text, StringComparison.Ordinal);
        Assert.True(says || !isOver, Story);
        return says;
    });

    /// <summary>Waits until a worker keeps something.</summary>
    public Task FollowingAsync() => SaysAsync("Following the log");

    /// <summary>SIGKILL: it gets no chance to finish anything.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: it ends in good order.</summary>
    public async Task StopAsync()
    {
        await Signals.SendAsync("TERM", _process);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP and, after a time, SIGCONT: it sleeps in the middle of whatever it was doing.</summary>
    public async Task PauseAsync(TimeSpan time)
    {
        await Signals.SendAsync("STOP", _process);
        await Task.Delay(time);
        await Signals.SendAsync("CONT", _process);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await KillAsync();
            _process.Dispose();
        }
    }

    private static string[] WordsOf(Deployment data, IReadOnlyList<string> arguments)
        => [.. arguments.Where(one => !IsSetting(one)), .. SettingsOf(data), .. arguments.Where(IsSetting)];

    private static bool IsSetting(string argument) => argument.StartsWith("--Orderly:", StringComparison.Ordinal);

    private static IEnumerable<string> SettingsOf(Deployment data) => data.Settings.Select(setting => $"--{setting.Key}={setting.Value}");

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

/// <summary>What a program left when it ended.</summary>
internal sealed record Ended(int ExitCode, string Output, string Errors)
{
    /// <summary>The output, which is JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Output);
}

/// <summary>What .NET can't send to a process.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, Process process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}

/// <summary>The API as a process, with a client for it.</summary>
internal sealed partial class RunningApi : IAsyncDisposable
{
    private readonly Deployment _data;
    private readonly RunningProgram _program;
    private RunningProgram? _worker;

    private RunningApi(Deployment data, RunningProgram program, Uri address)
    {
        _data = data;
        _program = program;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Client { get; }

    public bool HasExited => _program.HasExited;

    /// <inheritdoc cref="RunningProgram.Story"/>
    public string Story => _program.Story;

    /// <summary>
    /// Starts it, with its projections in its own process or, on servers, in that of a worker; and waits until it is ready.
    /// </summary>
    /// <param name="isReady">Whether it is to become ready; else it is enough that it answers.</param>
    /// <param name="losesUnsynced">As for <see cref="RunningProgram.StartApi(Deployment, int, int?, IEnumerable{string}, bool)"/>.</param>
    public static async Task<RunningApi> StartAsync(Deployment data, bool isReady = true, bool losesUnsynced = false)
    {
        var api = await StartAsync(data, [], isReady: isReady, losesUnsynced: losesUnsynced);
        if (Deployment.IsOnServers)
        {
            api.StartWorker();
        }

        return api;
    }

    /// <summary>Starts it without projections and processes.</summary>
    /// <param name="port">Where it listens; null: on a port that is free.</param>
    /// <param name="openFiles">How many files it may have open; null: as many as the test.</param>
    public static Task<RunningApi> StartAloneAsync(Deployment data, int? port = null, int? openFiles = null)
        => StartAsync(data, ["--Orderly:Workers=Separate"], port, openFiles);

    /// <summary>Starts a worker beside it.</summary>
    public void StartWorker() => _worker = RunningProgram.StartWorker(_data, "run");

    public async Task KillWorkerAsync()
    {
        if (_worker is { } worker)
        {
            _worker = null;
            await worker.DisposeAsync();
        }
    }

    private static async Task<RunningApi> StartAsync(
        Deployment data, IReadOnlyList<string> settings, int? at = null, int? openFiles = null, bool isReady = true,
        bool losesUnsynced = false)
    {
        // It says where it listens: a port that was free a moment ago may be somebody else's by now.
        var program = RunningProgram.StartApi(data, at ?? 0, openFiles, settings, losesUnsynced);
        Match listening = Match.Empty;
        await Wait.UntilAsync(() =>
        {
            Assert.False(program.HasExited, program.Story);
            listening = Listening().Match(program.Output);
            return listening.Success;
        });
        var api = new RunningApi(data, program, new Uri(listening.Groups[1].Value));
        await Wait.UntilAsync(async () =>
        {
            using var answer = await api.Client.GetAsync(isReady ? "/health/ready" : "/health/live");
            return answer.IsSuccessStatusCode;
        });
        return api;
    }

    [GeneratedRegex("Now listening on: (http://[0-9.:]+)\\s")]
    private static partial Regex Listening();

    public Task KillAsync() => _program.KillAsync();

    /// <inheritdoc cref="RunningProgram.PauseAsync"/>
    public Task PauseAsync(TimeSpan time) => _program.PauseAsync(time);

    /// <inheritdoc cref="RunningProgram.StopAsync"/>
    public Task StopAsync() => _program.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        var ended = _worker is { HasExited: true } worker ? worker.Story : null;
        await KillWorkerAsync();
        await _program.DisposeAsync();
        Assert.True(ended is null, $"The worker ended by itself: {ended}");
    }
}
