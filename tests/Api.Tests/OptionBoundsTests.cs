using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orderly.Hosting;

namespace Orderly.Api.Tests;

/// <summary>Settings that would fail later are refused at the start.</summary>
public class OptionBoundsTests
{
    [Theory]
    [InlineData("Subscriptions:MaxBatchDelay", "1.00:00:00")]
    [InlineData("Subscriptions:MinCommitInterval", "-00:00:01")]
    [InlineData("Subscriptions:LeaseDuration", "00:00:00.05")]
    [InlineData("Subscriptions:LeaseDuration", "49.00:00:00")]
    [InlineData("Subscriptions:SharedReadPatience", "49.00:00:00")]
    [InlineData("Subscriptions:KeepRetired", "10675199.02:48:05")]
    [InlineData("Subscriptions:KeepRetired", "-00:00:00.001")]
    [InlineData("Subscriptions:FirstRetryDelay", "00:00:00")]
    [InlineData("Subscriptions:MaxRetryDelay", "49.00:00:00")]
    [InlineData("Processes:FraudSessionGap", "3000000.00:00:00")]
    [InlineData("Processes:FraudSessionGap", "never")]
    [InlineData("Processes:CheckDeadline", "2920000.00:00:00")]
    [InlineData("Processes:CheckDeadline", "00:00:00")]
    [InlineData("Processes:PaymentDeadline", "2920000.00:00:00")]
    [InlineData("Processes:MaxUnpaidOrders", "0")]
    [InlineData("Processes:FraudLimits:EUR", "0")]
    [InlineData("Processes:FraudLimits:euro", "10")]
    [InlineData("Email:MaxAge", "2920000.00:00:00")]
    [InlineData("Email:GiveUpAfter", "31.00:00:00")]
    [InlineData("Email:GiveUpAfter", "00:00:00")]
    public void A_value_out_of_bounds_is_refused_by_its_name(string setting, string value)
    {
        var refused = Assert.ThrowsAny<Exception>(() => Read(setting, value));
        Assert.Contains(setting.Split(':')[1], refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subscriptions:Partitions", "257", "1 to 256")]
    [InlineData("Subscriptions:MaxAttempts", "1", "at least 2")]
    [InlineData("Subscriptions:MinCommitInterval", "-00:00:01", "00:00:00 to 00:01:00")]
    [InlineData("Processes:FraudLimit", "0", "more than 0")]
    [InlineData("Processes:CheckDeadline", "366.00:00:00", "00:00:00.001 to 365.00:00:00, or 'never'")]
    [InlineData("MaxViewLag", "00:00:00", "more than 00:00:00 and at most 365.00:00:00")]
    [InlineData("Email:Smtp:Port", "0", "1 to 65535")]
    [InlineData("Email:Smtp:Port", "65536", "1 to 65535")]
    [InlineData("Email:Smtp:Timeout", "00:00:00", "00:00:00.001 to 01:00:00")]
    [InlineData("Email:Smtp:Timeout", "40.00:00:00", "00:00:00.001 to 01:00:00")]
    public void A_value_out_of_bounds_is_refused_with_the_bounds(string setting, string value, string bounds)
    {
        var refused = Assert.ThrowsAny<OptionsValidationException>(() => Read(setting, value));
        Assert.Contains($"Orderly:{setting} must be {bounds}.", refused.Failures);
    }

    [Theory]
    [InlineData("localhost:9464")]
    [InlineData("https://localhost:9464")]
    [InlineData("http://localhost:9464/metrics")]
    [InlineData("http://ada@localhost:9464")]
    public void An_address_that_metrics_can_t_be_served_at_is_refused(string address)
    {
        var refused = Assert.ThrowsAny<OptionsValidationException>(() => Read("Telemetry:PrometheusAddress", address));
        Assert.Contains(refused.Failures, fault => fault.Contains("http://localhost:9464.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Processes:CheckDeadline")]
    [InlineData("Processes:PaymentDeadline")]
    [InlineData("Email:MaxAge")]
    [InlineData("Email:GiveUpAfter")]
    public void Never_is_a_duration_where_something_may_never_happen(string setting)
    {
        var options = Read(setting, "never");
        TimeSpan[] durations
            = [options.Processes.CheckDeadline, options.Processes.PaymentDeadline, options.Email.MaxAge, options.Email.GiveUpAfter];
        Assert.Single(durations, Timeout.InfiniteTimeSpan);
    }

    [Theory]
    [InlineData("DataDirektory", "Orderly:DataDirectory")]
    [InlineData("View", "Orderly:Views")]
    [InlineData("Subscriptions:LeaseDurations", "Orderly:Subscriptions:LeaseDuration")]
    [InlineData("Email:Smtp:Hosts", "Orderly:Email:Smtp:Host")]
    [InlineData("Limits:RequestPerSecond", "Orderly:Limits:RequestsPerSecond")]
    public void A_setting_that_nothing_reads_is_refused_with_the_nearest_one(string setting, string nearest)
    {
        var refused = Assert.ThrowsAny<OptionsValidationException>(() => Read(setting, "1"));
        Assert.Contains(refused.Failures, fault => fault == $"Orderly:{setting} is no setting; the nearest is {nearest}.");
    }

    [Theory]
    [InlineData("datadirectory", "./data")]
    [InlineData("Only:0", "sales")]
    [InlineData("Email:Smtp", "")]
    [InlineData("Http:AllowedOrigins:0", "https://shop.example")]
    [InlineData("Telemetry:OtlpEndpoint", "http://127.0.0.1:4317")]
    [InlineData("Telemetry:PrometheusAddress", "http://*:9464")]
    [InlineData("Telemetry:PrometheusAddress", "http://[::]:9464")]
    public void A_setting_that_is_read_is_accepted_whatever_its_case(string setting, string value) => Assert.NotNull(Read(setting, value));

    [Fact]
    public void Limits_are_read_by_currency()
        => Assert.Equal(5_000, Read("Processes:FraudLimits:USD", "5000").Processes.FraudLimitOf("USD"));

    private static OrderlyOptions Read(string setting, string value)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>($"Orderly:{setting}", value)]).Build();
        using var services = new ServiceCollection().AddLogging().AddOrderlyServices(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<OrderlyOptions>>().Value;
    }
}
