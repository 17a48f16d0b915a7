using Orderly;
using Orderly.Demo;

var parsed = DemoCommand.Create().Parse(args, Parsing.Configuration);
if (parsed.Errors.Count > 0)
{
    await parsed.InvokeAsync();
    return ExitCode.Usage;
}

try
{
    // A demo that is stopped ends its requests and tells what it did. The library's two seconds are not enough on a busy machine.
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
}
catch (DemoGaveUpException e)
{
    return Terminal.Fail(ExitCode.Failed, e.Message);
}
