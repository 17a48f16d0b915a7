using Orderly.Api;

await ApiHost.Build(args).RunAsync();
