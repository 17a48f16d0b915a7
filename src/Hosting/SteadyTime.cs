namespace Orderly.Hosting;

/// <summary>
/// The machine's clock without its jumps. Between two readings it goes on by a clock that nobody sets, and follows the machine's while the
/// two agree. A clock that is put forward or back is followed when it has stayed so for half a minute: a wrong clock for some seconds
/// dates no event and makes nothing due. Safe for concurrent use.
/// </summary>
/// <remarks>Begins with what the machine's clock says. A machine that slept is followed in the same way.</remarks>
public sealed class SteadyTime : TimeProvider
{
    /// <summary>More than any correction that a machine makes in small steps.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan s_confirmation = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _machine;
    private readonly Lock _reading = new();
    private DateTimeOffset _now;
    private long _timestamp;
    private (TimeSpan Offset, long Since)? _jump;

    /// <param name="machine">The clock of the machine, and the one that nobody sets.</param>
    public SteadyTime(TimeProvider machine)
    {
        _machine = machine;
        (_now, _timestamp) = (machine.GetUtcNow(), machine.GetTimestamp());
    }

    public override long TimestampFrequency => _machine.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _machine.LocalTimeZone;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_reading)
        {
            var (machine, timestamp) = (_machine.GetUtcNow(), _machine.GetTimestamp());
            var steady = _now + _machine.GetElapsedTime(_timestamp, timestamp);
            var offset = machine - steady;
            if (offset.Duration() <= s_tolerance)
            {
                // Never back, by however little.
                (steady, _jump) = (machine > _now ? machine : _now, null);
            }
            else if (_jump is not { } jump || (offset - jump.Offset).Duration() > s_tolerance)
            {
                _jump = (offset, timestamp);
            }
            else if (_machine.GetElapsedTime(jump.Since, timestamp) >= s_confirmation)
            {
                (steady, _jump) = (machine, null);
            }

            (_now, _timestamp) = (steady, timestamp);
            return steady;
        }
    }

    public override long GetTimestamp() => _machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => _machine.CreateTimer(callback, state, dueTime, period);
}
