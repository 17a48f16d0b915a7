namespace Orderly.Demo;

/// <summary>Answers to the shell, the same as the worker's.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The API gave no answer.</summary>
    public const int Failed = 1;

    /// <summary>The command line is not understood.</summary>
    public const int Usage = 2;

    /// <summary>The demo was played, and the service did not do what it should.</summary>
    public const int NeedsAttention = 3;

    /// <summary>Ctrl-C or SIGTERM ended the demo.</summary>
    public const int Cancelled = 130;
}
