using System.Globalization;
using System.Text;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

/// <summary>A message is in the folder whole and once, or not at all.</summary>
public sealed class FolderEmailSenderTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"orderly-{Guid.NewGuid():N}", "emails");

    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(10)).Token;

    public void Dispose()
    {
        if (Directory.Exists(Path.GetDirectoryName(_folder)))
        {
            Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);
        }
    }

    [Fact]
    public async Task A_message_is_a_file_that_a_mail_program_reads()
    {
        await Sender().SendAsync(Mails.Of("a-1", name: "Zoë", text: ".\nGrüße", html: "<p>Grüße</p>"), Patience);

        Assert.Equal(["a-1.eml"], Files());
        var mail = ParsedMail.Parse(Read("a-1.eml"));
        Assert.Equal("Zoë <ada@example.com>", mail.Header("To"));
        Assert.Equal("<a-1@shop.example.com>", mail.Header("Message-ID"));
        Assert.Equal((".\nGrüße", "<p>Grüße</p>"), (mail.Text, mail.Html));
    }

    /// <summary>Nothing in it is of the time of writing, of the machine or of chance.</summary>
    [Fact]
    public async Task A_message_has_the_same_bytes_wherever_and_whenever_it_is_sent()
    {
        var message = Mails.Of("a-1", name: "Zoë", text: "Grüße\n", html: "<p>Hello.</p>\n");
        await Sender().SendAsync(message, Patience);
        await using var server = new MailServer { Extensions = ["8BITMIME", "SMTPUTF8", "BINARYMIME", "CHUNKING"] };
        await new SmtpEmailSender(server.Options).SendAsync(message, Patience);

        Assert.Equal(
            """
            From: The Shop <orders@shop.example.com>
            Date: Sun, 01 Nov 2026 07:05:03 +0000
            Subject: Your order
            Message-Id: <a-1@shop.example.com>
            To: =?utf-8?b?Wm/Dqw==?= <ada@example.com>
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary="=_orderly-alternative"

            --=_orderly-alternative
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Gr=C3=BC=C3=9Fe

            --=_orderly-alternative
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <p>Hello.</p>

            --=_orderly-alternative--

            """.ReplaceLineEndings("\r\n"),
            Read("a-1.eml"));
        Assert.Equal(Read("a-1.eml"), Assert.Single(server.Contents));
    }

    [Fact]
    public async Task What_is_there_is_never_written_again()
    {
        await Sender().SendAsync(Mails.Of("a-1", text: "first"), Patience);
        await Sender().SendAsync(Mails.Of("a-1", text: "second"), Patience);
        await File.WriteAllTextAsync(Path.Combine(_folder, "a-2.eml"), "mine", Patience);
        await Sender().SendAsync(Mails.Of("a-2"), Patience);

        Assert.Equal(["a-1.eml", "a-2.eml"], Files());
        Assert.Equal("first", ParsedMail.Parse(Read("a-1.eml")).Text);
        Assert.Equal("mine", Read("a-2.eml"));
    }

    [Fact]
    public async Task Senders_that_race_for_one_message_leave_it_whole_and_nothing_else()
    {
        for (var i = 0; i < 50; i++)
        {
            var message = EmailWriterProcess.Message(i);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Sender().SendAsync(message, Patience))));
        }

        AssertWhole(50);
    }

    [Fact]
    public async Task Processes_that_race_for_the_same_messages_leave_each_whole_and_nothing_else()
    {
        using var one = EmailWriterProcess.Start(_folder, 200);
        using var two = EmailWriterProcess.Start(_folder, 200);

        Assert.Equal((0, 0), (await one.WaitForExitAsync(Patience), await two.WaitForExitAsync(Patience)));
        AssertWhole(200);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task A_process_that_is_killed_leaves_no_half_message(int after)
    {
        const int Count = 300;
        using (var writer = EmailWriterProcess.Start(_folder, Count))
        {
            while (await writer.ReadLineAsync(Patience) != after.ToString(CultureInfo.InvariantCulture))
            {
            }

            await writer.KillAsync(Patience);
        }

        var whole = Directory.GetFiles(_folder, "*.eml");
        Assert.InRange(whole.Length, after + 1, Count);
        Assert.All(whole, file => Assert.Equal("<p>end</p>", ParsedMail.Parse(File.ReadAllText(file, Encoding.Latin1)).Html));
        foreach (var left in Directory.GetFiles(_folder, ".*"))
        {
            File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddDays(-1));
        }

        // Who comes next begins again, as a process does whose progress was not committed.
        await EmailWriterProcess.WriteAsync(_folder, Count);
        AssertWhole(Count);
    }

    [Fact]
    public async Task Files_that_a_crash_left_are_removed_and_those_of_others_are_not()
    {
        Directory.CreateDirectory(_folder);
        var left = Leave(".orderly-1.tmp", TimeSpan.FromHours(2));
        var current = Leave(".orderly-2.tmp", TimeSpan.FromMinutes(5));
        var mine = Leave("notes.tmp", TimeSpan.FromDays(9));

        await Sender().SendAsync(Mails.Of("a-1"), Patience);

        Assert.Equal((false, true, true), (File.Exists(left), File.Exists(current), File.Exists(mine)));
        Assert.Single(Directory.GetFiles(_folder, "*.eml"));

        string Leave(string name, TimeSpan age)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, "From: half");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
            return path;
        }
    }

    [Fact]
    public async Task A_folder_that_can_t_be_written_is_unavailable_until_it_can()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder)!);
        await File.WriteAllTextAsync(_folder, "a file where the folder should be", Patience);
        var sender = Sender();

        var unavailable = await Assert.ThrowsAsync<EmailUnavailableException>(() => sender.SendAsync(Mails.Of("a-1"), Patience));
        Assert.Contains(_folder, unavailable.Message, StringComparison.Ordinal);

        File.Delete(_folder);
        await sender.SendAsync(Mails.Of("a-1"), Patience);
        Assert.Equal(["a-1.eml"], Files());
    }

    [Fact]
    public async Task A_cancelled_message_leaves_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Sender().SendAsync(Mails.Of("a-1"), new CancellationToken(canceled: true)));

        Assert.Empty(Files());
    }

    [Fact]
    public async Task What_is_no_address_is_refused_as_a_server_would()
    {
        var refused = await Assert.ThrowsAsync<EmailRefusedException>(
            () => Sender().SendAsync(Mails.Of(address: "ada@example.com\r\nBcc: eve@example.com"), Patience));

        Assert.True(refused.IsPermanent);
        Assert.False(Directory.Exists(_folder));
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/b")]
    [InlineData("a.b")]
    [InlineData("a\r\nb")]
    [InlineData("")]
    public void A_message_id_that_could_name_another_file_is_none(string id) => Assert.Throws<ArgumentException>(() => Mails.Of(id));

    private FolderEmailSender Sender() => new(_folder, TimeProvider.System);

    private string[] Files() => [.. Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, name), Encoding.Latin1);

    private void AssertWhole(int count)
    {
        Assert.Equal(
            Enumerable.Range(0, count).Select(i => $"{EmailWriterProcess.Message(i).MessageId}.eml").Order(StringComparer.Ordinal),
            Files());
        Assert.All(Files(), name => Assert.Equal("<p>end</p>", ParsedMail.Parse(Read(name)).Html));
    }
}
