using Orderly.Api;
using Orderly.Hosting;

try
{
    return await ApiHost.RunAsync(args);
}
catch (Exception e) when (ProgramStart.FaultOf(e) is { } fault)
{
    await Console.Error.WriteLineAsync(fault);
    return 1;
}
