using MimeKit;

namespace Orderly.Processes.Email;

/// <summary>
/// Writes each message to a file <c>{message id}.eml</c> and never overwrites one: whatever is killed or sent twice, a
/// message is there whole and once, or not at all. Any number of processes may share the folder.
/// </summary>
/// <param name="folder">Made when it is not there.</param>
public sealed class FolderEmailSender(string folder, TimeProvider time) : IEmailSender
{
    private const string Extension = ".eml";

    // The point and the extension: neither a mail program nor *.eml takes it for a message.
    private const string TemporaryPrefix = ".orderly-";
    private const string TemporaryExtension = ".tmp";

    /// <summary>A file that is still being written is younger by far.</summary>
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    private bool _isSwept;

    public bool DeliversOnce => true;

    public async Task SendAsync(EmailMessage message, CancellationToken cancellationToken)
    {
        using var mime = MimeFormat.Compose(message);
        var path = Path.Combine(folder, message.MessageId + Extension);
        try
        {
            Directory.CreateDirectory(folder);
            Sweep();
            if (!File.Exists(path))
            {
                await WriteAsync(path, mime, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmailUnavailableException($"The folder for e-mails '{folder}' can't be written: {e.Message}", e);
        }
    }

    private async Task WriteAsync(string path, MimeMessage mime, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(folder, $"{TemporaryPrefix}{Guid.NewGuid()}{TemporaryExtension}");
        try
        {
            var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            await using (file.ConfigureAwait(false))
            {
                await mime.WriteToAsync(MimeFormat.Options, file, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            Publish(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Publish(string temporary, string path)
    {
        try
        {
            // On Unix this looks and then renames: of two senders in the same instant both may, and one of the two whole files stays.
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Somebody else has written it meanwhile.
            return;
        }

        // Journaling file systems write a file's new name with the file: so it is there after a power failure too.
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Removes what processes that were killed have left behind; once, since it takes a kill to leave something.</summary>
    private void Sweep()
    {
        if (Interlocked.Exchange(ref _isSwept, true))
        {
            return;
        }

        var abandoned = time.GetUtcNow() - s_abandoned;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles($"{TemporaryPrefix}*{TemporaryExtension}"))
        {
            if (file.LastWriteTimeUtc < abandoned)
            {
                file.Delete();
            }
        }
    }
}
