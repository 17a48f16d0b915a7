using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Orderly.Bench;
using Spectre.Console;

var workloads
    = new Argument<string[]>("workload")
    {
        Description = $"Any of {string.Join(", ", Workloads.All.Keys)}; all when left out.",
        Arity = ArgumentArity.ZeroOrMore,
    };
var runs = new Option<int>("--runs") { Description = "How often each is run; the table shows medians.", DefaultValueFactory = _ => 3 };
var events
    = new Option<int>("--events") { Description = "How many events W3, W6, W7 and W12 work on.", DefaultValueFactory = _ => 200_000 };
var json = new Option<FileInfo?>("--json") { Description = "Write every figure of every run to this file." };
var directory = new Option<DirectoryInfo>("--directory")
{
    Description = "Where to make the databases; they are removed afterwards.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.GetTempPath()),
};
var eventStore
    = new Option<string?>("--event-store")
    {
        Description = "Run on the EventStoreDB with this connection string instead; it keeps what is written.",
    };
var views = new Option<string?>("--views") { Description = "Keep the views on the MongoDB with this connection string instead." };
var child = new Option<string?>("--child") { Hidden = true };
var root = new RootCommand("Measures Orderly beside the ceilings of the same run, on the embedded stores or on servers.")
{
    workloads, runs, events, json, directory, eventStore, views, child,
};
root.SetAction(async (parsed, cancellationToken) =>
{
    if (parsed.GetValue(child) is { } prepared)
    {
        var settings = new BenchSettings(
            parsed.GetValue(directory)!.FullName,
            parsed.GetValue(events),
            prepared == "prepared",
            parsed.GetValue(eventStore),
            parsed.GetValue(views));
        var name = parsed.GetValue(workloads)!.Single();
        Console.WriteLine(
            JsonSerializer.Serialize(new WorkloadRun(name, await Workloads.All[name].RunAsync(settings)), BenchJson.Default.WorkloadRun));
        return 0;
    }

    string[] Server(Option<string?> option) => parsed.GetValue(option) is { } connectionString ? [option.Name, connectionString] : [];

    var names = parsed.GetValue(workloads) is { Length: > 0 } some ? some : [.. Workloads.All.Keys];
    if (names.FirstOrDefault(name => !Workloads.All.ContainsKey(name)) is { } unknown)
    {
        await Console.Error.WriteLineAsync($"There is no workload '{unknown}'.");
        return 2;
    }

    List<WorkloadRun> results = [];
    foreach (var name in names)
    {
        List<WorkloadRun> ofThis = [];
        for (var run = 0; run < parsed.GetValue(runs); run++)
        {
            ofThis.Add(await RunInChildAsync(
                name,
                parsed.GetValue(directory)!.FullName,
                ["--events", parsed.GetValue(events).ToString(CultureInfo.InvariantCulture), .. Server(eventStore), .. Server(views)],
                cancellationToken));
        }

        Show(name, ofThis);
        results.AddRange(ofThis);
    }

    if (parsed.GetValue(json) is { } file)
    {
        var report = new BenchReport(
            DateTimeOffset.UtcNow,
            RuntimeInformation.OSDescription,
            Environment.ProcessorCount,
            RuntimeInformation.FrameworkDescription,
            results);
        await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(report, BenchJson.Default.BenchReport), cancellationToken);
    }

    return 0;
});

// A word that starts with '@' is that word, and not a file of words.
return await root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }).InvokeAsync();

// Each run has a process of its own, so that neither memory nor compiled code of one helps or hurts the next.
static async Task<WorkloadRun> RunInChildAsync(
    string name, string parent, IReadOnlyList<string> options, CancellationToken cancellationToken)
{
    var directory = Directory.CreateDirectory(Path.Combine(parent, $"orderly-bench-{Guid.NewGuid():N}"));
    try
    {
        if (Workloads.Prepared.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            await StartAsync("prepare");
        }

        return await StartAsync("prepared");
    }
    finally
    {
        directory.Delete(recursive: true);
    }

    async Task<WorkloadRun> StartAsync(string stage)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Orderly.Bench.dll"), name, "--child", stage, "--directory", directory.FullName,
            },
            RedirectStandardOutput = true,
        };
        foreach (var option in options)
        {
            start.ArgumentList.Add(option);
        }

        if (Workloads.Prepared.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            // As the worker has it (10 ms, in hexadecimal), which does in production what these do.
            start.Environment["DOTNET_TC_CallCountingDelayMs"] = "A";
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize(output, BenchJson.Default.WorkloadRun)!
            : throw new InvalidOperationException($"{name} failed with exit code {process.ExitCode}: {output}");
    }
}

static void Show(string name, IReadOnlyList<WorkloadRun> runs)
{
    var table = new Table().Title($"{name}: {Workloads.All[name].Description}").AddColumns("figure", "unit", "median", "lowest", "highest");
    foreach (var figure in runs[0].Figures.Select(figure => (figure.Name, figure.Unit)))
    {
        var values = runs.Select(run => run.Figures.Single(one => one.Name == figure.Name).Value).Order().ToList();
        string Format(double value) => value.ToString(value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture);
        table.AddRow(figure.Name, figure.Unit, Format(values[values.Count / 2]), Format(values[0]), Format(values[^1]));
    }

    AnsiConsole.Write(table);
}
