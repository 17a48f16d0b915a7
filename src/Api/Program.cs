using Orderly.Api;
using Orderly.Hosting;

if (ApiHelp.AnswerTo(args) is { } answer)
{
    await Console.Out.WriteLineAsync(answer);
    return 0;
}

try
{
    return await ApiHost.RunAsync(args);
}
catch (Exception e) when (ProgramStart.FaultOf(e) is { } fault)
{
    await Console.Error.WriteLineAsync(fault);
    return 1;
}
