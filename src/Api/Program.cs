using Microsoft.Extensions.Options;
using Orderly.Api;

try
{
    await ApiHost.Build(args).RunAsync();
    return Environment.ExitCode;
}
catch (Exception e) when (e is OptionsValidationException or AggregateException { InnerException: OptionsValidationException })
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
