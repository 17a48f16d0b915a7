#!/usr/bin/env bash
# One would guess: a claim with a list of values, set by OpenIddict's SetClaims, is a JSON array in the token, however many values it has; and
# SetClaim takes any JSON, an array too.
# Seen with OpenIddict.Abstractions 7.8.0 and Microsoft.IdentityModel.JsonWebTokens 8.23.0: two roles are an array, one role is a text, and
# SetClaim refuses a JSON array with an ArgumentException, at the token endpoint a 500.
# For a user: a service that reads "roles" as an array gives a person with one role none. Read both forms; or, at the issuer, add one claim
# of the value type JsonClaimValueTypes.JsonArray, which stays an array.
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
    <PackageReference Include="OpenIddict.Abstractions" Version="7.8.0" />
    <PackageReference Include="Microsoft.IdentityModel.JsonWebTokens" Version="8.23.0" />
  </ItemGroup>
</Project>
XML
cat >Program.cs <<'CSHARP'
using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;

Console.WriteLine($"two: {RolesIn(identity => identity.SetClaims("roles", ImmutableArray.Create("clerk", "auditor")))}");
Console.WriteLine($"one: {RolesIn(identity => identity.SetClaims("roles", ImmutableArray.Create("clerk")))}");
Console.WriteLine($"array claim of one: {RolesIn(identity => identity.AddClaim(
    new Claim("roles", JsonSerializer.Serialize(new[] { "clerk" }), JsonClaimValueTypes.JsonArray)))}");
Console.WriteLine($"SetClaim with a JSON array: {RolesIn(identity => identity.SetClaim("roles", JsonSerializer.SerializeToElement(new[] { "clerk" })))}");

static string RolesIn(Action<ClaimsIdentity> set)
{
    var identity = new ClaimsIdentity("Bearer");
    try
    {
        set(identity);
    }
    catch (Exception e)
    {
        return e.GetType().Name;
    }

    var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor { Subject = identity });
    using var payload = JsonDocument.Parse(Base64UrlEncoder.Decode(new JsonWebToken(token).EncodedPayload));
    return payload.RootElement.GetProperty("roles").GetRawText();
}
CSHARP

dotnet build -v q >build.txt 2>&1 || { cat build.txt; exit 1; }
dotnet bin/Debug/net10.0/finding.dll | tee seen.txt
diff seen.txt - <<'SEEN'
two: ["clerk","auditor"]
one: "clerk"
array claim of one: ["clerk"]
SetClaim with a JSON array: ArgumentException
SEEN
echo 'As seen with OpenIddict.Abstractions 7.8.0 and Microsoft.IdentityModel.JsonWebTokens 8.23.0.'
