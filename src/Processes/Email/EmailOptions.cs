using System.ComponentModel.DataAnnotations;

namespace Orderly.Processes.Email;

/// <summary>How the connection to the mail server is protected.</summary>
public enum SmtpSecurity
{
    /// <summary>TLS after the command STARTTLS, which the server must offer; usually port 587.</summary>
    StartTls,

    /// <summary>TLS from the first byte; usually port 465.</summary>
    Tls,

    /// <summary>Not at all; usually port 25. A password is not sent then.</summary>
    None,
}

/// <summary>How customers are written to.</summary>
public sealed record EmailOptions
{
    /// <summary>
    /// The folder that messages are written to when there is no mail server. When it is left out, <c>emails</c> in the data directory.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>The name that messages are from, and that they call the shop by.</summary>
    public string FromName { get; init; } = "Orderly";

    /// <summary>The address that messages are from.</summary>
    public string FromAddress { get; init; } = "orders@orderly.invalid";

    /// <summary>
    /// What happened longer ago is not told any more: a process that hears the whole log again, since the view store was lost, does not
    /// write to everybody about everything.
    /// </summary>
    [OrNever]
    [Range(typeof(TimeSpan), "00:00:00.001", "3650.00:00:00")]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long a message is tried again that the mail server does not take yet.</summary>
    [OrNever]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>The mail server; null: messages are written to the folder.</summary>
    public SmtpOptions? Smtp { get; init; }

    /// <summary>What can't work, one sentence each. No password is repeated.</summary>
    public IEnumerable<string> FindFaults()
    {
        var from = Mailbox.TryParse(FromAddress, out var address) ? address : null;
        (bool IsThere, string Fault)[] faults =
        [
            (Folder is not null && string.IsNullOrWhiteSpace(Folder), "Folder must name a folder."),
            (string.IsNullOrWhiteSpace(FromName) || FromName.Any(char.IsControl), "FromName must be a name, without control characters."),
            (from is null, "FromAddress must be an e-mail address."),
            (Smtp is not null && from?.Domain.EndsWith(".invalid", StringComparison.OrdinalIgnoreCase) == true,
                "FromAddress must be an address of your own when there is a mail server."),
        ];
        return faults.Where(fault => fault.IsThere).Select(fault => $"Orderly:Email:{fault.Fault}").Concat(Smtp?.FindFaults() ?? []);
    }
}

/// <summary>The mail server. Without this section, messages are files in a folder.</summary>
public sealed record SmtpOptions
{
    /// <summary>The mail server's name or address; required.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its port; when it is left out, 587, 465 or 25, by <see cref="Security"/>.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }

    /// <summary>
    /// <c>StartTls</c>: TLS after STARTTLS, and no message without; <c>Tls</c>: from the first byte; <c>None</c>: for a relay beside the
    /// worker.
    /// </summary>
    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    /// <summary>Who to log in as, with PLAIN or LOGIN, never without TLS; when it is left out, nobody.</summary>
    public string? UserName { get; init; }

    /// <summary>Goes together with <see cref="UserName"/>.</summary>
    public string? Password { get; init; }

    /// <summary>A PEM file of the authorities to trust instead of the system's.</summary>
    public string? TrustedCertificates { get; init; }

    /// <summary>How long the server may take to be reached, or for one answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    internal int EffectivePort => Port ?? Security switch
    {
        SmtpSecurity.StartTls => 587,
        SmtpSecurity.Tls => 465,
        _ => 25,
    };

    internal IEnumerable<string> FindFaults()
    {
        (bool IsThere, string Fault)[] faults =
        [
            (Uri.CheckHostName(Host) == UriHostNameType.Unknown, ":Host must be the name or the address of a mail server."),
            (!Enum.IsDefined(Security), ":Security must be 'StartTls', 'Tls' or 'None'."),
            (string.IsNullOrEmpty(UserName) != string.IsNullOrEmpty(Password), ":UserName and Password go together."),
            (Security == SmtpSecurity.None && !string.IsNullOrEmpty(Password),
                ": a password is not sent without TLS; Security must be 'StartTls' or 'Tls'."),

            // NUL is what the password is parted from the name by.
            ($"{UserName}{Password}".Contains('\0', StringComparison.Ordinal), ":UserName and Password must not have a NUL."),
            (TrustedCertificates is not null && !File.Exists(TrustedCertificates), ":TrustedCertificates must be a PEM file."),
        ];
        return faults.Where(fault => fault.IsThere).Select(fault => $"Orderly:Email:Smtp{fault.Fault}");
    }
}
