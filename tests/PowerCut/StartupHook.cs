using Orderly.PowerCut;

/// <summary>What <c>DOTNET_STARTUP_HOOKS</c> calls before a program's own first line.</summary>
#pragma warning disable CA1050 // The runtime looks for it without a namespace.
internal static class StartupHook
{
    public static void Initialize() => UnsyncedFiles.Use();
}
