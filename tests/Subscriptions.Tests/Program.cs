using Orderly.Subscriptions.Tests.Processes;

// What a test starts as another process on the same stores.
return args switch
{
    ["work", var settings] => await WorkerProcess.WorkAsync(settings),
    _ => throw new ArgumentException($"What is '{string.Join(' ', args)}'?", nameof(args)),
};
