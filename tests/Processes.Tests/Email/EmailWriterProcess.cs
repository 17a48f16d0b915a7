using System.Diagnostics;
using System.Globalization;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>This assembly as another process that writes messages into a folder.</summary>
internal sealed class EmailWriterProcess : IDisposable
{
    private readonly Process _process;

    private EmailWriterProcess(Process process) => _process = process;

    /// <summary>Starts writing messages 0 to <paramref name="count"/>, in this order, and prints a line after each.</summary>
    public static EmailWriterProcess Start(string folder, int count)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(EmailWriterProcess).Assembly.Location, "write-emails", folder, count.ToString(
            CultureInfo.InvariantCulture) })
        {
            start.ArgumentList.Add(argument);
        }

        return new EmailWriterProcess(Process.Start(start)!);
    }

    /// <summary>What the process does.</summary>
    public static async Task<int> WriteAsync(string folder, int count)
    {
        var sender = new FolderEmailSender(folder, TimeProvider.System);
        for (var i = 0; i < count; i++)
        {
            await sender.SendAsync(Message(i), CancellationToken.None);
            Console.WriteLine(i);
        }

        return 0;
    }

    /// <summary>Large enough that writing it takes a while.</summary>
    public static EmailMessage Message(int number)
        => Mails.Of(string.Create(CultureInfo.InvariantCulture, $"m-{number}"), text: new string('x', 50_000), html: "<p>end</p>");

    /// <summary>How many messages it has said to be written; null: it has ended.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
        => await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>As a power cut would, with no time to clean up.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(cancellationToken) is not null)
        {
        }

        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
