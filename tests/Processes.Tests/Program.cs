using Orderly.Processes.Tests.Email;

// What a test starts as another process.
return args switch
{
    ["write-emails", var folder, var count] => await EmailWriterProcess.WriteAsync(folder, int.Parse(count, null)),
    _ => throw new ArgumentException($"What is '{string.Join(' ', args)}'?", nameof(args)),
};
