using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>aiosmtpd, a mail server for Python, as a process of its own. It knows the user <c>orders</c>.</summary>
internal sealed class AioSmtpd : IDisposable
{
    private static readonly Lazy<Task<string?>> s_python = new(FindPythonAsync);

    private readonly string _certificate = Path.GetTempFileName();
    private readonly Process _process;

    private AioSmtpd(string python, SmtpSecurity security)
    {
        using var certificate = MailServer.CreateCertificate();
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(_certificate, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}");
        var script = Path.Combine(AppContext.BaseDirectory, "Email", "aiosmtpd_server.py");
        _process = Run(python, script, security.ToString().ToLowerInvariant(), _certificate);
        Options = new SmtpOptions { Host = "127.0.0.1", Security = security };
        if (security != SmtpSecurity.None)
        {
            Options = Options with { UserName = "orders", Password = "pässword", TrustedCertificates = _certificate };
        }
    }

    /// <summary>How to reach it, and to log in where it wants that.</summary>
    public SmtpOptions Options { get; private set; }

    /// <exception cref="SkipException">aiosmtpd is not installed.</exception>
    public static async Task<AioSmtpd> StartAsync(SmtpSecurity security, CancellationToken cancellationToken)
    {
        var python = await s_python.Value.WaitAsync(cancellationToken);
        Skip.If(python is null, "aiosmtpd is not installed (Debian: python3-aiosmtpd).");
        var server = new AioSmtpd(python!, security);
        server.Options = server.Options with { Port = (await server.ReadAsync(cancellationToken)).GetProperty("port").GetInt32() };
        return server;
    }

    /// <summary>The next message that it was sent.</summary>
    public async Task<JsonElement> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return JsonDocument.Parse(line ?? throw new EndOfStreamException("aiosmtpd has ended.")).RootElement;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_certificate);
    }

    /// <summary>The Python that has aiosmtpd, of the path or of the system; null: there is none.</summary>
    private static async Task<string?> FindPythonAsync()
    {
        foreach (var python in new[] { "python3", "/usr/bin/python3" })
        {
            try
            {
                using var process = Run(python, "-c", "import importlib.util as i; exit(i.find_spec('aiosmtpd') is None)");
                await process.WaitForExitAsync();
                if (process.ExitCode == 0)
                {
                    return python;
                }
            }
            catch (Win32Exception)
            {
                // It is not there.
            }
        }

        return null;
    }

    private static Process Run(string python, params string[] arguments)
        => Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
}
