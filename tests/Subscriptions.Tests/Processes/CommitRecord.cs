using System.Globalization;
using System.Text;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Subscriptions.Tests.Processes;

/// <summary>What became of a commit in one of its partitions.</summary>
internal enum CommitOutcome
{
    /// <summary>The process was killed before it knew, or before it could say.</summary>
    Unknown,

    Accepted,
    Refused,
}

/// <summary>One commit in one partition.</summary>
/// <param name="From">The partition's position before it.</param>
/// <param name="To">The partition's position after it.</param>
internal sealed record RecordedCommit(
    string View, int Partition, long Epoch, string Worker, long From, long To, CommitOutcome Outcome, DateTimeOffset At);

/// <summary>A lease that was taken.</summary>
internal sealed record RecordedLease(string View, int Partition, long Epoch, string Worker, DateTimeOffset At);

/// <summary>
/// What one worker process does to the view store, in a file of its own: a line before each commit and one after it, so that
/// of a process that is killed it is known which commits may have been accepted all the same.
/// </summary>
internal sealed class CommitRecord(string path) : IDisposable
{
    // Each line is one write to the operating system, which keeps it when the process is killed.
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    private readonly Lock _gate = new();

    public void Asked(IReadOnlyList<ViewPartition> partitions, long position)
        => Write(partitions.Select(one => Line("ask", one, Math.Max(one.Position, position))));

    public void Answered(IReadOnlyList<ViewPartition> asked, IReadOnlyList<ViewPartition>? committed)
        => Write(asked.Select(
            (one, i) => committed is null ? Line("refused", one, one.Position) : Line("accepted", one, committed[i].Position)));

    public void Taken(ViewPartition lease) => Write([Line("taken", lease, lease.Position)]);

    public void Dispose() => _file.Dispose();

    /// <summary>Reads such a file. The last line of a process that was killed may be cut off.</summary>
    public static (List<RecordedCommit> Commits, List<RecordedLease> Leases) Read(string path)
    {
        Dictionary<(string View, int Partition), RecordedCommit> asked = [];
        List<RecordedCommit> commits = [];
        List<RecordedLease> leases = [];
        foreach (var line in File.ReadAllText(path).Split('\n')[..^1])
        {
            string[] words = line.Split(' ');
            long Number(int at) => long.Parse(words[at], CultureInfo.InvariantCulture);
            var (key, at) = ((words[2], (int)Number(3)), new DateTimeOffset(Number(1), TimeSpan.Zero));
            switch (words[0])
            {
                case "taken":
                    leases.Add(new RecordedLease(key.Item1, key.Item2, Number(4), words[7], at));
                    break;

                case "ask":
                    // One commit of a partition after the other: what has no answer was broken off by an error or by the end.
                    commits.AddRange(asked.Remove(key, out var unanswered) ? [unanswered] : []);
                    asked[key] = new RecordedCommit(
                        key.Item1, key.Item2, Number(4), words[7], Number(5), Number(6), CommitOutcome.Unknown, at);
                    break;

                default:
                    Assert.True(asked.Remove(key, out var was), line);
                    Assert.Equal((Number(4), Number(5)), (was.Epoch, was.From));
                    commits.Add(was with
                    {
                        To = Number(6),
                        Outcome = words[0] == "accepted"
                        ? CommitOutcome.Accepted
                        : CommitOutcome.Refused,
                        At = at
                    });
                    break;
            }
        }

        return ([.. commits, .. asked.Values], leases);
    }

    private static string Line(string what, ViewPartition partition, long to)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"{what} {DateTimeOffset.UtcNow.Ticks} {partition.View} {partition.Index} {partition.Epoch} {partition.Position} "
            + $"{to} {partition.Owner}\n");

    private void Write(IEnumerable<string> lines)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines));
        lock (_gate)
        {
            _file.Write(bytes);
        }
    }
}
