using FluentValidation;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orderly.Domain;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Projections;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Storage.Sqlite;
using Orderly.Subscriptions;

namespace Orderly.Hosting;

/// <summary>Puts Orderly together: what the API, the worker, the tests and the benchmarks share.</summary>
public static class OrderlyServices
{
    /// <summary>The embedded log, in the data directory.</summary>
    public const string EventsFile = "events.db";

    /// <summary>The embedded views, in the data directory.</summary>
    public const string ViewsFile = "views.db";

    /// <summary>The API's side: stores, commands and queries; and the workers, when they run in its process.</summary>
    public static IHostApplicationBuilder AddOrderly(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOrderlyStores(builder.Configuration).AddOrderlyMediator();
        builder.Services.AddHostedService<ViewProgressService>();
        if (Read(builder.Configuration).RunsWorkersInProcess)
        {
            builder.Services.AddHostedService<ProjectionService>();
        }

        return builder;
    }

    /// <summary>The options, both stores, and every projection's worker, none of them running.</summary>
    public static IServiceCollection AddOrderlyStores(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(configuration);
        services.AddOptions<OrderlyOptions>().Bind(configuration.GetSection(OrderlyOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OrderlyOptions>, OrderlyOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<OrderlyOptions>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(OrderlyEvents.Types);

        // Which kinds is known before there are services; whether they can work, the validator says when the program starts.
        var options = Read(configuration);
        _ = options.EventStore == OrderlyOptions.EventStoreDb && ServerStores.ArePresent ? services.AddEventStoreDbWithIndex() : services.AddSqliteEvents();
        _ = options.Views == OrderlyOptions.MongoDb && ServerStores.ArePresent ? services.AddMongoDb() : services.AddSqliteViews();

        services.AddSingleton(provider => provider.GetRequiredService<OrderlyOptions>().Subscriptions);
        services.AddSingleton<SubscriptionServices>();
        services.AddSingleton(provider => new WorkerGroup([.. provider.GetServices<IProjectionWorker>()], provider.GetRequiredService<SubscriptionServices>()));
        return services
            .AddProjection<OrderDetailsProjection, ReadModels.Orders.OrderDetails>()
            .AddProjection<CustomerOverviewProjection, ReadModels.Customers.CustomerOverview>()
            .AddProjection<StockLevelsProjection, ReadModels.Products.StockLevel>()
            .AddProjection<OrderSearchProjection, ReadModels.Orders.OrderSearch>()
            .AddProjection<SalesProjection, ReadModels.Sales.SalesBucket>();
    }

    /// <summary>MediatR with every command, query and validator.</summary>
    public static IServiceCollection AddOrderlyMediator(this IServiceCollection services)
    {
        services.AddSingleton<ServiceFactory>(provider => provider.GetService!);
        services.AddSingleton<IMediator, Mediator>();
        services.AddSingleton(provider => provider.GetRequiredService<OrderlyOptions>().Decider);
        services.AddSingleton<Decider>();
        services.AddSingleton<ViewProgress>();

        var domain = typeof(Decider).Assembly;
        foreach (var command in domain.GetTypes().Where(type => !type.IsAbstract))
        {
            if (ArgumentsOf(command, typeof(Command<>)) is [var state])
            {
                services.AddSingleton(
                    typeof(IRequestHandler<,>).MakeGenericType(command, typeof(CommandResult)), typeof(CommandHandler<,>).MakeGenericType(command, state));
                services.AddSingleton(
                    typeof(IPipelineBehavior<,>).MakeGenericType(command, typeof(CommandResult)), typeof(ValidationBehavior<>).MakeGenericType(command));
            }
        }

        foreach (var validator in AssemblyScanner.FindValidatorsInAssembly(domain))
        {
            services.AddSingleton(validator.InterfaceType, validator.ValidatorType);
        }

        foreach (var type in typeof(ViewProgress).Assembly.GetTypes().Where(type => !type.IsAbstract))
        {
            if (ArgumentsOf(type, typeof(Query<>)) is [var answer])
            {
                services.AddSingleton(
                    typeof(IPipelineBehavior<,>).MakeGenericType(type, typeof(ViewAnswer<>).MakeGenericType(answer)),
                    typeof(FreshnessBehavior<,>).MakeGenericType(type, answer));
            }

            foreach (var handler in type.GetInterfaces().Where(one => one.IsConstructedGenericType && one.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                services.AddSingleton(handler, type);
            }
        }

        return services;
    }

    /// <exception cref="OptionsValidationException">A value is not of its type, such as a number that is none.</exception>
    private static OrderlyOptions Read(IConfiguration configuration)
    {
        try
        {
            return configuration.GetSection(OrderlyOptions.Section).Get<OrderlyOptions>() ?? new OrderlyOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new OptionsValidationException(OrderlyOptions.Section, typeof(OrderlyOptions), [e.Message]);
        }
    }

    /// <summary>EventStoreDB finds no event by its command, so a view does.</summary>
    private static IServiceCollection AddEventStoreDbWithIndex(this IServiceCollection services)
        => services
            .AddEventStoreDb()
            .AddSingleton<ICommandIndex, ViewCommandIndex>()
            .AddProjection<CommandIndexProjection, ReadModels.Commands.CommandTrace>();

    private static IServiceCollection AddSqliteEvents(this IServiceCollection services)
        => services
            .AddSingleton(provider => new SqliteEventStore(
                new SqliteEventStoreOptions { Path = DataFile(provider, EventsFile) },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<SqliteEventStore>>()))
            .AddSingleton<IEventStore>(provider => new MeasuredEventStore(provider.GetRequiredService<SqliteEventStore>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<ICommandIndex>(provider => provider.GetRequiredService<SqliteEventStore>());

    private static IServiceCollection AddSqliteViews(this IServiceCollection services)
        => services.AddSingleton<IViewStore>(provider => new SqliteViewStore(
            new SqliteViewStoreOptions { Path = DataFile(provider, ViewsFile) },
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteViewStore>>()));

    private static IServiceCollection AddProjection<TProjection, TDocument>(this IServiceCollection services)
        where TProjection : class, IProjection<TDocument>
        where TDocument : class
        => services
            .AddSingleton<IProjection<TDocument>, TProjection>()
            .AddSingleton<IProjectionWorker, ProjectionWorker<TDocument>>();

    private static string DataFile(IServiceProvider provider, string name)
        => Path.GetFullPath(Path.Combine(provider.GetRequiredService<OrderlyOptions>().DataDirectory, name));

    private static Type[]? ArgumentsOf(Type type, Type genericBase)
        => type.BaseType is { IsConstructedGenericType: true } parent && parent.GetGenericTypeDefinition() == genericBase
            ? parent.GetGenericArguments()
            : null;
}
