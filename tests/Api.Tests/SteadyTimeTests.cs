using Orderly.Hosting;

namespace Orderly.Api.Tests;

public class SteadyTimeTests
{
    private readonly Machine _machine = new();

    /// <summary>Whatever the clock does meanwhile: what is due in 25 seconds is due then, not earlier and at most a second later.</summary>
    [Fact]
    public void A_clock_that_is_put_back_and_forth_does_not_move_time()
    {
        var (steady, random, last) = (new SteadyTime(_machine), new Random(13), DateTimeOffset.MinValue);
        for (var step = 0; step < 200; step++)
        {
            _machine.Offset = TimeSpan.FromSeconds(random.Next(-86_400, 86_400));
            for (var reading = 0; reading < 20; reading++)
            {
                _machine.Elapsed += TimeSpan.FromMilliseconds(random.Next(1_000));
                var now = steady.GetUtcNow();
                Assert.InRange(now - _machine.True, TimeSpan.FromSeconds(-0.5), TimeSpan.FromSeconds(0.5));
                Assert.True(now >= last);
                last = now;
            }
        }
    }

    [Theory]
    [InlineData(86_400)]
    [InlineData(-86_400)]
    [InlineData(5)]
    public void A_clock_that_stays_put_forward_or_back_is_followed(int seconds)
    {
        var steady = new SteadyTime(_machine);
        _machine.Offset = TimeSpan.FromSeconds(seconds);
        Assert.Equal(_machine.True, steady.GetUtcNow());
        _machine.Elapsed += TimeSpan.FromSeconds(29);
        Assert.Equal(_machine.True, steady.GetUtcNow());
        _machine.Elapsed += TimeSpan.FromSeconds(1);
        Assert.Equal(_machine.True + _machine.Offset, steady.GetUtcNow());
    }

    [Fact]
    public void A_clock_that_is_corrected_in_small_steps_is_followed_at_once()
    {
        var steady = new SteadyTime(_machine);
        for (var step = 0; step < 100; step++)
        {
            _machine.Elapsed += TimeSpan.FromSeconds(1);
            _machine.Offset += TimeSpan.FromMilliseconds(100);
            Assert.Equal(_machine.True + _machine.Offset, steady.GetUtcNow());
        }
    }

    /// <summary>A machine whose clock is wrong by an offset.</summary>
    private sealed class Machine : TimeProvider
    {
        private static readonly DateTimeOffset s_start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

        public TimeSpan Elapsed { get; set; } = TimeSpan.FromDays(1);

        public TimeSpan Offset { get; set; }

        public DateTimeOffset True => s_start + Elapsed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => True + Offset;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
