using Orderly.Subscriptions.Operating;
using Orderly.Worker.Commands;

namespace Orderly.Worker.Tests;

/// <summary>What <c>status</c> shows on terminals of two widths, and to scripts.</summary>
public class StatusListingTests
{
    private const string Ada = "orders-worker-1/4711/0b0f4a6f8f5d4f2f9c4c0f3a5b6c7d8e";
    private const string Bob = "orders-worker-2/17/5b6c7d8e9c4c0f3a8f5d4f2f0b0f4a6f";

    private static readonly DateTimeOffset s_at = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly ProjectionStatus[] s_status =
    [
        Of("customer-overview", 3, 12, "live", 1048576, 0, 0, 0, null, [Ada]),
        Of("order-details", 1, 2, "catching-up", 1047326, 1250, 0.34, 2, null, [Ada, Bob, Ada, null]),
        Of("order-search", 1, 3, "faulted", 958366, 90210, 14_500, 0, "System.InvalidOperationException: The field 'customerLevel' of the "
            + "document 'order-0193-4711' is neither 'bronze' nor 'silver' nor 'gold'.", [Bob]),
        Of("order-search", 2, 4, "building", 5000, 1043576, 260, 0, null, [Ada]),
        Of("payment-deadline", 1, 1, "catching-up", 1048000, 576, 59.9, 11, null, [null, null]),
        Of("sales", 1, 1, "retired", 1000, 0, 0, 0, null, [null]),
    ];

    [Fact]
    public void On_80_columns_no_row_is_broken() => AssertShown("status-80.txt", 80);

    [Fact]
    public void On_200_columns_everything_is_there() => AssertShown("status-200.txt", 200);

    [Fact]
    public void A_script_gets_everything_in_one_row_each() => AssertShown("status-script.txt", null);

    [Fact]
    public void The_rate_is_shown_while_it_is_watched()
        => AssertShown("status-80-watched.txt", 80, s_status[0] with { Position = "1048000" }, s_status[3] with { Generation = 3 });

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.001, "0.1 s")]
    [InlineData(0.34, "0.3 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(10, "10 s")]
    [InlineData(59.99, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(3_599, "59 min")]
    [InlineData(3_600, "1 h")]
    [InlineData(86_399, "23 h")]
    [InlineData(200_000, "2 d")]
    public void Time_behind_is_told_in_the_largest_unit(double seconds, string told)
    {
        var row = StatusListing.Of([s_status[0] with { LagSeconds = seconds }], null, null).Last();
        Assert.Equal(told, row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[4]);
    }

    /// <param name="file">The expected lines, in the folder 'Shown'.</param>
    private static void AssertShown(string file, int? width, params ProjectionStatus[] before)
    {
        var lines = StatusListing.Of(s_status, before.Length == 0 ? null : before, width).ToList();
        Assert.Equal(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Shown", file)), lines);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width ?? int.MaxValue));
    }

    private static ProjectionStatus Of(
        string name, int version, int generation, string state, long position, long lag, double seconds, int parked, string? fault,
        string?[] owners)
        => new(name, version, generation, state, position.ToString("D", null), lag, seconds, parked, fault, owners.Length, owners, s_at);
}
