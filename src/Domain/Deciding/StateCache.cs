namespace Orderly.Domain.Deciding;

/// <summary>
/// Keeps what was loaded last, so that deciding on a long stream reads only its new events. It is never trusted: an
/// append names the revision that was decided on, and a refusal is decided again on the stream's end.
/// </summary>
/// <param name="capacity">How many streams are kept at least that were used more than once; in all, little more than twice as many.</param>
/// <remarks>
/// A stream begins on probation, among few, and moves to the others with its second use. So a flood of new
/// streams neither drives out those at work nor leaves the garbage collector a state of each to carry along.
/// </remarks>
internal sealed class StateCache(int capacity)
{
    private readonly RecentlyUsed<object> _probation = new(Math.Max(1, capacity / 32));
    private readonly RecentlyUsed<object> _kept = new(capacity);

    public object? Find(string stream) => _kept.Find(stream) ?? _probation.Find(stream);

    public void Set(string stream, object value)
    {
        // A state that stays behind on probation is never found before the kept one.
        var home = _kept.Contains(stream) || _probation.Contains(stream) ? _kept : _probation;
        home.Set(stream, value);
    }
}
