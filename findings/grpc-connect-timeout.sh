#!/usr/bin/env bash
# One would guess: a server that can't be connected to in time (SocketsHttpHandler.ConnectTimeout) is "Unavailable" to a gRPC call, as one is
# that refuses the connection.
# Seen with Grpc.Net.Client 2.85.0 on .NET 10: such a call ends as "Cancelled", although nobody cancelled it.
# For a user: who looks for another server, or tries again, on "Unavailable" alone stays with a server whose machine takes connections
# while its process is frozen.
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
    <PackageReference Include="Grpc.Net.Client" Version="2.85.0" />
  </ItemGroup>
</Project>
XML
cat >Program.cs <<'CSHARP'
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

var bytes = Marshallers.Create<byte[]>(one => one, one => one);
var method = new Method<byte[], byte[]>(MethodType.Unary, "some.Service", "Call", bytes, bytes);

// It takes connections and says nothing, so no TLS handshake ends.
using var silent = new TcpListener(IPAddress.Loopback, 0);
silent.Start();
Console.WriteLine($"silent {await StatusAsync(((IPEndPoint)silent.LocalEndpoint).Port)}");

var free = new TcpListener(IPAddress.Loopback, 0);
free.Start();
var port = ((IPEndPoint)free.LocalEndpoint).Port;
free.Stop();
Console.WriteLine($"refused {await StatusAsync(port)}");

async Task<StatusCode> StatusAsync(int port)
{
    using var channel = GrpcChannel.ForAddress($"https://127.0.0.1:{port}", new GrpcChannelOptions
    {
        HttpClient = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1) }),
        DisposeHttpClient = true,
    });
    try
    {
        await channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, []);
        return StatusCode.OK;
    }
    catch (RpcException e)
    {
        return e.StatusCode;
    }
}
CSHARP
dotnet build -v q --nologo >build.log 2>&1 || { cat build.log; exit 1; }
output=$(timeout 60 dotnet bin/Debug/net10.0/finding.dll)
echo "Grpc.Net.Client 2.85.0, .NET $(dotnet --version)"
echo "$output"
[ "$output" = $'silent Cancelled\nrefused Unavailable' ] || { echo "This has changed."; exit 1; }
