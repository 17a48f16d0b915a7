using Orderly.Demo;

var parsed = DemoCommand.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    await parsed.InvokeAsync();
    return ExitCode.Usage;
}

try
{
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (DemoGaveUpException e)
{
    return Terminal.Fail(ExitCode.Failed, e.Message);
}
