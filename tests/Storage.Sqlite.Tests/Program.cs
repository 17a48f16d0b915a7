using Orderly.Storage.Sqlite.Tests.Events;

// What a test starts as another process on the same file.
return args switch
{
    ["append", var path, var category, var callers] => await OtherProcess.AppendUntilKilledAsync(path, category, int.Parse(callers, null)),
    ["share", var path, var category, var events, var total] => await OtherProcess.ShareAsync(path, category, int.Parse(events, null), int.Parse(total, null)),
    _ => throw new ArgumentException($"What is '{string.Join(' ', args)}'?", nameof(args)),
};
