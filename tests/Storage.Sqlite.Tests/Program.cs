using Orderly.Storage.Sqlite.Tests.Events;
using Orderly.Storage.Sqlite.Tests.Views;

// What a test starts as another process on the same file.
return args switch
{
    ["append", var path, var category, var callers] => await OtherProcess.AppendUntilKilledAsync(path, category, int.Parse(callers, null)),
    ["share", var path, var category, var events, var total]
        => await OtherProcess.ShareAsync(path, category, int.Parse(events, null), int.Parse(total, null)),
    ["views-commit", var path, var view] => await ViewWriterProcess.CommitUntilKilledAsync(path, view),
    ["views-rebuild", var path, var view] => await ViewWriterProcess.RebuildUntilKilledAsync(path, view),
    ["views-count", var path, var view, var wins] => await ViewWriterProcess.CountAsync(path, view, int.Parse(wins, null)),
    _ => throw new ArgumentException($"What is '{string.Join(' ', args)}'?", nameof(args)),
};
