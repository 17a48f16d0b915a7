using System.Diagnostics;
using System.Globalization;
using Orderly.Subscriptions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orderly.Worker.Commands;

/// <summary>Progress of folding the log, on a terminal: how far, how fast, how long still.</summary>
internal static class FoldDisplay
{
    /// <summary>Shows the progress of one fold.</summary>
    public static Task<T> ShowAsync<T>(IAnsiConsole messages, string name, Func<IProgress<FoldProgress>, Task<T>> fold)
        => ShowAsync(messages, [name], tasks => fold(new Report<FoldProgress>(progress => tasks[name](progress.Position, progress.End))));

    /// <summary>Shows the progress of several folds, each under its name: how far it is, and where it ends.</summary>
    public static async Task<T> ShowAsync<T>(
        IAnsiConsole messages, IReadOnlyList<string> names, Func<IReadOnlyDictionary<string, Action<long, long>>, Task<T>> folds)
        => await messages.Progress()
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
            .StartAsync(context => folds(
                names.ToDictionary(name => name, name => Shown(context.AddTask(name, maxValue: double.MaxValue)), StringComparer.Ordinal)));

    private static Action<long, long> Shown(ProgressTask task)
    {
        var started = Stopwatch.GetTimestamp();
        long? first = null;
        return (position, end) =>
        {
            first ??= position;
            task.MaxValue = Math.Max(end, 1);
            task.Value = position;
            task.State.Update<double>(RateColumn.Key, _ => (position - first.Value) / Stopwatch.GetElapsedTime(started).TotalSeconds);
        };
    }

    /// <summary>Reports at once and in order, where <see cref="Progress{T}"/> would post to the thread pool.</summary>
    public sealed class Report<T>(Action<T> show) : IProgress<T>
    {
        void IProgress<T>.Report(T value) => show(value);
    }

    /// <summary>In positions of the log: on the embedded store these are events.</summary>
    private sealed class RateColumn : ProgressColumn
    {
        public const string Key = "rate";

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
            => new Text(string.Create(CultureInfo.InvariantCulture, $"{task.State.Get<double>(Key):N0}/s"));
    }
}
