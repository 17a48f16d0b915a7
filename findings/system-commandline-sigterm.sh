#!/usr/bin/env bash
# One would guess: an asynchronous action of System.CommandLine is cancelled by SIGTERM and may then finish its work in order.
# Seen with 3.0.0: the token is cancelled, and two seconds later the process ends with exit code 143, in the middle of the action.
# For a user: work that must be finished, such as giving back a lease, is cut off without a message. Set
# InvocationConfiguration.ProcessTerminationTimeout to the time that the action needs.
set -euo pipefail
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >finding.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="System.CommandLine" Version="3.0.0" />
  </ItemGroup>
</Project>
XML
cat >Program.cs <<'CSHARP'
using System.CommandLine;

var root = new RootCommand();
root.SetAction(async (_, cancellation) =>
{
    Console.WriteLine("ready");
    try
    {
        await Task.Delay(Timeout.Infinite, cancellation);
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("cancelled");
        await Task.Delay(6000);
        Console.WriteLine("finished");
    }

    return 7;
});
var configuration = new InvocationConfiguration();
if (Environment.GetEnvironmentVariable("PATIENT") == "1")
{
    configuration.ProcessTerminationTimeout = TimeSpan.FromSeconds(60);
}

return await root.Parse(args).InvokeAsync(configuration);
CSHARP
dotnet build -v q --nologo >build.log 2>&1 || { cat build.log; exit 1; }

# Sends SIGTERM when the action has begun. Prints its lines and its exit code.
stop() {
  : >lines
  dotnet bin/Debug/net10.0/finding.dll >lines & local program=$! code=0
  for _ in $(seq 600); do grep -q ready lines && break; sleep 0.1; done
  kill -TERM "$program"
  wait "$program" || code=$?
  printf '%s exit code %d' "$(tr '\n' ' ' <lines)" "$code"
}

plain=$(stop)
patient=$(PATIENT=1 stop)
printf 'System.CommandLine 3.0.0, .NET %s\ndefault:                      %s\nProcessTerminationTimeout 60: %s\n' \
  "$(dotnet --version)" "$plain" "$patient"
[ "$plain" = 'ready cancelled  exit code 143' ] && [ "$patient" = 'ready cancelled finished  exit code 7' ]
