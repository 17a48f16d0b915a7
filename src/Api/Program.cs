using Orderly.Api;

if (ApiHelp.AnswerTo(args) is { } answer)
{
    await Console.Out.WriteLineAsync(answer);
    return 0;
}

return await ApiHost.RunAsync(args, Console.Error);
