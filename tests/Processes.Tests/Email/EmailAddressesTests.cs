using Orderly.Domain.Validation;
using Orderly.Processes.Email;

namespace Orderly.Processes.Tests.Email;

public sealed class EmailAddressesTests : IDisposable
{
    private const string Alphabet = "ab.-_@\"\\ ,;<>()[]:!#'+/=?^`{|}~ëß\u00a0\u200d\u202eł日\u3002\ufffd\u0301\u00ad";

    private readonly string _folder = Directory.CreateTempSubdirectory("orderly-addresses-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What is taken at the door can be written to: nobody finds out later that it can't.</summary>
    [Fact]
    public async Task Every_address_that_a_customer_may_have_is_one_that_can_be_sent_to()
    {
        var random = new Random(13);
        var sender = new FolderEmailSender(_folder, TimeProvider.System);
        List<string> taken = ["ada@example.com", "\"a\\\"b\"@example.com", "\"a,b\"@bücher.example", "zoë@bücher.example"];
        for (var i = 0; i < 200_000 && taken.Count < 300; i++)
        {
            var address = $"{Text(random, 6)}@{Text(random, 4)}{(random.Next(2) == 0 ? ".com" : "")}";
            if (EmailAddresses.IsValid(address))
            {
                taken.Add(address);
            }
        }

        Assert.All(taken, address => Assert.True(EmailAddresses.IsValid(address), address));
        for (var i = 0; i < taken.Count; i++)
        {
            Assert.Null(await Record.ExceptionAsync(() => sender.SendAsync(Mails.Of($"m-{i}", address: taken[i]), CancellationToken.None)));
        }
    }

    private static string Text(Random random, int most)
        => string.Concat(Enumerable.Range(0, random.Next(1, most + 1)).Select(
            _ => random.Next(3) > 0 ? Alphabet[random.Next(3)] : Alphabet[random.Next(Alphabet.Length)]));
}
