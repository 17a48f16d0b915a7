using Orderly.Worker;

return await WorkerCommandLine.RunAsync(args);
