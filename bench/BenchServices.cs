using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orderly.Domain.Deciding;
using Orderly.Domain.Orders;
using Orderly.Hosting;

namespace Orderly.Bench;

/// <summary>Orderly as the API puts it together, in this process.</summary>
internal static class BenchServices
{
    /// <summary>Views and no processes: orders stay as they are made.</summary>
    public static IReadOnlyList<(string Name, string Value)> OnlyViews { get; } =
        [.. new[] { "order-details", "customer-overview", "stock-levels" }.Select((view, index) => ($"Orderly:Only:{index}", view))];

    public static ServiceProvider Create(BenchSettings bench, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection(
                [.. bench.Configuration, .. settings.Select(one => new KeyValuePair<string, string?>(one.Name, one.Value))])
            .Build();
        return new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole())
            .AddOrderlyServices(configuration)
            .AddSingleton<IRequestHandler<TouchOrder, CommandResult>, CommandHandler<TouchOrder, Order>>()
            .BuildServiceProvider();
    }
}
