namespace Orderly.Domain.Deciding;

/// <summary>
/// Lets the commands of one stream take turns inside this process: a single writer for each stream, as far as one
/// process can see. It only saves lost races; what guards the stream is the expected revision.
/// </summary>
/// <param name="stripes">How many streams can be changed at the same time; a power of two.</param>
internal sealed class StreamTurns(int stripes)
{
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, stripes).Select(_ => new SemaphoreSlim(1, 1))];

    public async ValueTask<Turn> WaitAsync(string stream, CancellationToken cancellationToken)
    {
        var stripe = _stripes[string.GetHashCode(stream, StringComparison.Ordinal) & (_stripes.Length - 1)];
        await stripe.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(stripe);
    }

    internal readonly struct Turn(SemaphoreSlim stripe) : IDisposable
    {
        public void Dispose() => stripe.Release();
    }
}
