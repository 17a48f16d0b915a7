using System.CommandLine;
using System.Reflection;

namespace Orderly.Worker.Commands;

/// <summary><c>version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version of this program.");
        command.SetAction(parsed =>
        {
            var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            parsed.InvocationConfiguration.Output.WriteLine(version);
            return ExitCode.Success;
        });
        return command;
    }
}
