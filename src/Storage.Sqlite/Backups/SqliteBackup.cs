using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Orderly.Storage.Sqlite;

/// <summary>Where the embedded stores of a deployment are.</summary>
/// <param name="Events">The log's database file; null: the log is on a server.</param>
/// <param name="Views">The views' database file; null: the views are on a server.</param>
public sealed record EmbeddedFiles(string? Events, string? Views)
{
    /// <summary>Those that are embedded, the views first: their backup must never hold more than the log's.</summary>
    internal IEnumerable<string> Present => new[] { Views, Events }.OfType<string>();

    /// <summary>The same files in another directory.</summary>
    internal EmbeddedFiles In(string directory, string suffix = "")
    {
        return new EmbeddedFiles(Moved(Events), Moved(Views));

        string? Moved(string? path) => path is null ? null : Path.Combine(directory, Path.GetFileName(path) + suffix);
    }
}

/// <summary>A backup or restore that can't be done; the message says why and what to do. Nothing was replaced.</summary>
public sealed class SqliteBackupException(string message) : Exception(message);

/// <summary>Copies the embedded stores out of a running service, and back into one that is stopped.</summary>
/// <remarks>Each copy is of one instant of its file, however long it takes and whatever is written meanwhile.</remarks>
public static class SqliteBackup
{
    private const string PartialSuffix = ".partial";
    private const string RestoredSuffix = ".restored";

    /// <summary>
    /// Copies the stores into a new directory and proves the copies as <see cref="SqliteLogCheck"/> does. The directory appears when all
    /// in it is proved and on the disk; until then the copies are beside it, in one that ends in <c>.partial</c>.
    /// </summary>
    /// <param name="directory">Not there, or empty.</param>
    /// <param name="onFault">Called for each fault of a copy.</param>
    /// <param name="onProgress">Called now and then with what is done to which file, how much of it is done and how much there is.</param>
    /// <exception cref="SqliteBackupException">
    /// The directory is not empty, a store is not there, or a copy has faults: then it is left where it was made.
    /// </exception>
    /// <exception cref="IOException">The directory can't be written.</exception>
    public static void Create(
        EmbeddedFiles files, string directory, Action<LogFault> onFault, Action<string, long, long> onProgress,
        CancellationToken cancellationToken)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (File.Exists(directory) || (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()))
        {
            throw new SqliteBackupException($"'{directory}' is not empty. Name a directory that is, or that is not there yet.");
        }

        var partial = directory + PartialSuffix;
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        foreach (var path in files.Present)
        {
            Copy(files, path, Path.Combine(partial, Path.GetFileName(path)), onProgress, cancellationToken);
        }

        if (CountFaults(files.In(partial), onFault, onProgress, cancellationToken) is var faults and > 0)
        {
            throw new SqliteBackupException(
                FormattableString.Invariant($"The stores have {faults} faults, so this is no backup. The copies are in '{partial}'."));
        }

        if (Directory.Exists(directory))
        {
            Directory.Delete(directory);
        }

        // What the names lead to is on the disk before the directory has its name.
        Sync();
        Directory.Move(partial, directory);
        Sync();
    }

    /// <summary>Proves a backup and puts its files in place of what is there.</summary>
    /// <param name="overwrite">Whether stores that are there may be replaced.</param>
    /// <inheritdoc cref="Create"/>
    /// <exception cref="SqliteBackupException">
    /// The directory holds no backup, or one with faults; there are stores already; or a program still uses them.
    /// </exception>
    public static void Restore(
        EmbeddedFiles files, string directory, bool overwrite, Action<LogFault> onFault, Action<string, long, long> onProgress,
        CancellationToken cancellationToken)
    {
        var backup = files.In(Path.GetFullPath(directory));
        if (backup.Present.FirstOrDefault(path => !File.Exists(path)) is { } missing)
        {
            throw new SqliteBackupException(
                $"'{directory}' is no backup of these stores: there is no '{Path.GetFileName(missing)}' in it.");
        }

        if (!overwrite && files.Present.FirstOrDefault(File.Exists) is { } present)
        {
            throw new SqliteBackupException($"'{present}' is there already. Say --overwrite to replace it; what is in it is lost then.");
        }

        foreach (var path in files.Present.Where(File.Exists))
        {
            EnsureUnused(path);
        }

        // The copies are proved, not the backup itself: that may be on a disk that can't be written.
        var data = Path.GetDirectoryName(files.Present.First())!;
        var copies = files.In(data, RestoredSuffix);
        foreach (var path in copies.Present)
        {
            Directory.CreateDirectory(data);
            RemoveWithLog(path);
        }

        foreach (var (from, to) in backup.Present.Zip(copies.Present))
        {
            Copy(backup, from, to, onProgress, cancellationToken);
        }

        if (CountFaults(copies, onFault, onProgress, cancellationToken) is var faults and > 0)
        {
            foreach (var path in copies.Present)
            {
                RemoveWithLog(path);
            }

            throw new SqliteBackupException(
                FormattableString.Invariant($"The backup in '{directory}' has {faults} faults. Nothing was replaced; take another one."));
        }

        Put(files, copies);
    }

    private static void Put(EmbeddedFiles files, EmbeddedFiles copies)
    {
        // Between the two, no program takes what it finds for a new deployment: the bell says that there was a log.
        if (files.Events is { } events)
        {
            Directory.CreateDirectory(Doorbell.DirectoryOf(events));
        }

        Sync();
        foreach (var path in files.Present.Reverse())
        {
            RemoveWithLog(path);
        }

        Sync();
        foreach (var (from, to) in copies.Present.Zip(files.Present))
        {
            File.Move(from, to);
        }

        Sync();
    }

    private static long CountFaults(
        EmbeddedFiles files, Action<LogFault> onFault, Action<string, long, long> onProgress, CancellationToken cancellationToken)
    {
        var (faults, head) = (0L, long.MaxValue);
        if (files.Events is { } events)
        {
            var result = SqliteLogCheck.Run(
                events, onFault, (done, all) => onProgress($"check {Path.GetFileName(events)}", done, all), cancellationToken);
            (faults, head) = (result.Faults, result.Position);
            CloseUp(events);
        }

        if (files.Views is { } views)
        {
            faults += ViewCheck.Run(
                views, head, onFault, (done, all) => onProgress($"check {Path.GetFileName(views)}", done, all), cancellationToken);
            CloseUp(views);
        }

        return faults;
    }

    private static void Copy(
        EmbeddedFiles files, string from, string to, Action<string, long, long> onProgress, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(from);
        if (!File.Exists(from))
        {
            throw new SqliteBackupException($"There is no '{from}'.");
        }

        try
        {
            // Events show in the copy that they are damaged. Of documents, the columns that they are searched by would not.
            var fileSystem = from == files.Events ? PageChecksums.RowsFileSystem : PageChecksums.FileSystem;
            using var source = new Connection(from, fileSystem, creates: false);
            source.CopyTo(to, (done, all) => onProgress($"copy {name}", done, all), cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new SqliteBackupException($"'{from}' could not be copied to '{to}': {Failures.Describe(e)}");
        }
    }

    /// <summary>Leaves the file alone, without a write-ahead log, and on the disk.</summary>
    private static void CloseUp(string path)
    {
        using (var connection = new Connection(path, PageChecksums.FileSystem, creates: false))
        {
            connection.Execute("PRAGMA journal_mode = DELETE");
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    private static void EnsureUnused(string path)
    {
        try
        {
            // SQLite leaves the mode only when no other connection is open.
            using var connection = new Connection(path, PageChecksums.FileSystem, creates: false);
            connection.Execute("PRAGMA journal_mode = DELETE");
        }
        catch (SqliteException e) when (Failures.IsBusy(e))
        {
            throw new SqliteBackupException($"A program still uses '{path}'. Stop every API and worker first.");
        }
        catch (SqliteException)
        {
            // It is damaged, which is why it is replaced. A program that has it open notices when it is gone.
        }
    }

    private static void RemoveWithLog(string path)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm", "-journal"])
        {
            File.Delete(path + suffix);
        }
    }

    /// <summary>Brings names of files to the disk, for which .NET has no call.</summary>
    private static void Sync()
    {
        if (!OperatingSystem.IsWindows())
        {
            SyncAll();
        }
    }

    [DllImport("libc", EntryPoint = "sync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SyncAll();
}
