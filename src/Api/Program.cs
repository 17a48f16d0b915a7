using Microsoft.Extensions.Options;
using Orderly.Api;

try
{
    await ApiHost.Build(args).RunAsync();
    return 0;
}
catch (OptionsValidationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
