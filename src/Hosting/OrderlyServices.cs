using System.Reflection;
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
using Orderly.Processes;
using Orderly.Projections;
using Orderly.ReadModels.Commands;
using Orderly.ReadModels.ViewStore;
using Orderly.ReadModels.Waiting;
using Orderly.Storage.MongoDb;
using Orderly.Storage.Sqlite;
using Orderly.Subscriptions;
using Orderly.Subscriptions.Operating;

namespace Orderly.Hosting;

/// <summary>The name of a projection or process, which can be told without opening a store.</summary>
public sealed record WorkerName(string Name);

/// <summary>Puts Orderly together: what the API, the worker, the tests and the benchmarks share.</summary>
public static partial class OrderlyServices
{
    /// <summary>The embedded log, in the data directory.</summary>
    public const string EventsFile = "events.db";

    /// <summary>The embedded views, in the data directory.</summary>
    public const string ViewsFile = "views.db";

    /// <summary>The API's side: stores, commands and queries; and the workers, when they run in its process.</summary>
    public static IHostApplicationBuilder AddOrderly(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOrderlyServices(builder.Configuration);
        builder.Services.AddHostedService<ViewProgressService>();
        if (Read(builder.Configuration).RunsWorkersInProcess)
        {
            builder.Services.AddHostedService<ProjectionService>();
        }

        return builder;
    }

    /// <summary>
    /// The options, both stores, commands and queries, and the worker of every projection and process, none of them running.
    /// </summary>
    public static IServiceCollection AddOrderlyServices(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(configuration);
        services.AddOptions<OrderlyOptions>().Bind(OrderlyOptions.SectionOf(configuration)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OrderlyOptions>, OrderlyOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<OrderlyOptions>>().Value);
        services.TryAddSingleton<TimeProvider>(new SteadyTime(TimeProvider.System));
        services.AddSingleton(OrderlyEvents.Types);
        services.AddSingleton<AppendOutcome>();
        services.AddSingleton<StoreCircuits>();
        services.AddThrottledLogging();

        // It would log the stack of what ends a start, which the program tells in one line (ProgramStart); services tell their own ends.
        services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None));

        // Which kinds is known before there are services; whether they can work, the validator says when the program starts.
        var options = Read(configuration);
        _ = options.EventStore == OrderlyOptions.EventStoreDb && EventStoreDbServices.ArePresent
            ? services.AddEventStoreDbWithIndex()
            : services.AddSqliteEvents();
        _ = options.Views == OrderlyOptions.MongoDb ? services.AddMongoViews() : services.AddSqliteViews();

        services.AddSingleton<IViewReader>(provider => new CircuitViewReader(
            provider.GetRequiredService<IViewStore>(), provider.GetRequiredService<StoreCircuits>().ViewStore));
        services.AddSingleton(provider => provider.GetRequiredService<OrderlyOptions>().Subscriptions);
        services.AddSingleton<SubscriptionServices>();
        services.AddSingleton<IConsumers, Consumers>();
        services.AddSingleton<IViewOrigins, ViewOrigins>();
        services.AddSingleton(provider => provider.GetRequiredService<SubscriptionServices>().Faults);
        services.AddSingleton(provider => new WorkerGroup(
            Choose(provider.GetServices<IProjectionWorker>(), provider.GetRequiredService<OrderlyOptions>().Only),
            provider.GetRequiredService<SubscriptionServices>()));
        AddDomain(services);
        return services
            .AddProjections(typeof(ViewCommandIndex).Assembly)
            .AddMediator()
            .AddProcesses(typeof(CommandSender).Assembly);
    }

    /// <summary>What the domain's own parts need besides what is found by itself.</summary>
    static partial void AddDomain(IServiceCollection services);

    private static void AddThrottledLogging(this IServiceCollection services)
        => services.AddLogging().Replace(ServiceDescriptor.Singleton<ILoggerFactory>(provider => new RepeatedFaults(
            ActivatorUtilities.CreateInstance<LoggerFactory>(provider), provider.GetRequiredService<TimeProvider>())));

    /// <summary>Every projection of an assembly. The index of commands is for event stores without one of their own.</summary>
    private static IServiceCollection AddProjections(this IServiceCollection services, Assembly assembly)
    {
        foreach (var (type, document) in ImplementersOf(typeof(IProjection<>), assembly))
        {
            if (type != typeof(CommandIndexProjection))
            {
                Call(nameof(AddProjection), services, type, document);
            }
        }

        return services;
    }

    /// <summary>Every process of an assembly, with what they share.</summary>
    private static IServiceCollection AddProcesses(this IServiceCollection services, Assembly assembly)
    {
        services
            .AddSingleton(provider => provider.GetRequiredService<OrderlyOptions>().Processes)
            .AddSingleton<CommandSender>();
        foreach (var (type, state) in ImplementersOf(typeof(IProcess<>), assembly))
        {
            Call(nameof(AddProcess), services, type, state);
        }

        return services;
    }

    /// <summary>The classes that implement an interface, with its argument, in the order of their names.</summary>
    private static IEnumerable<(Type Type, Type Argument)> ImplementersOf(Type definition, Assembly assembly)
        => from type in assembly.GetTypes()
           where type is { IsAbstract: false, IsGenericTypeDefinition: false }
           from one in type.GetInterfaces()
           where one.IsConstructedGenericType && one.GetGenericTypeDefinition() == definition
           orderby type.Name
           select (type, one.GetGenericArguments()[0]);

    private static void Call(string method, IServiceCollection services, params Type[] arguments)
        => typeof(OrderlyServices).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(arguments).Invoke(null, [services]);

    /// <summary>MediatR with every command, query and validator.</summary>
    private static IServiceCollection AddMediator(this IServiceCollection services)
    {
        services.AddSingleton<ServiceFactory>(provider => provider.GetService!);
        services.AddSingleton<IMediator, Mediator>();
        services.AddSingleton(provider => provider.GetRequiredService<OrderlyOptions>().Decider);
        services.AddSingleton<Decider>();
        services.AddSingleton(provider => new ViewProgress(
            provider.GetRequiredService<TimeProvider>(), provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default));

        var domain = typeof(Decider).Assembly;
        var validated = ImplementersOf(typeof(IValidator<>), domain).Select(one => one.Argument).ToHashSet();
        foreach (var command in domain.GetTypes().Where(type => !type.IsAbstract))
        {
            if (ArgumentsOf(command, typeof(Command<>)) is [var state])
            {
                services.AddSingleton(
                    typeof(IRequestHandler<,>).MakeGenericType(command, typeof(CommandResult)),
                    typeof(CommandHandler<,>).MakeGenericType(command, state));
                services.AddSingleton(
                    typeof(IPipelineBehavior<,>).MakeGenericType(command, typeof(CommandResult)),
                    typeof(ValidationBehavior<>).MakeGenericType(command));

                if (!validated.Contains(command))
                {
                    throw new IncompleteException(
                        $"The command {command.Name} has no validator. Add a class {command.Name}Validator: "
                        + $"AbstractValidator<{command.Name}>.");
                }
            }
        }

        services.AddValidatorsFromAssembly(domain, ServiceLifetime.Singleton);
        foreach (var type in typeof(ViewProgress).Assembly.GetTypes().Where(type => !type.IsAbstract))
        {
            if (ArgumentsOf(type, typeof(Query<>)) is [var answer])
            {
                // The first is the outermost.
                foreach (var behavior in new[] { typeof(AccessBehavior<,>), typeof(FreshnessBehavior<,>) })
                {
                    services.AddSingleton(
                        typeof(IPipelineBehavior<,>).MakeGenericType(type, typeof(ViewAnswer<>).MakeGenericType(answer)),
                        behavior.MakeGenericType(type, answer));
                }
            }

            foreach (var handler in type.GetInterfaces().Where(
                one => one.IsConstructedGenericType && one.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                services.AddSingleton(handler, type);
            }
        }

        return services;
    }

    /// <summary>Those with these names, in that order; all of them when there are none.</summary>
    /// <exception cref="OptionsValidationException">A name is not known.</exception>
    public static IReadOnlyList<IProjectionWorker> Choose(IEnumerable<IProjectionWorker> workers, IReadOnlyCollection<string> names)
    {
        var known = new Dictionary<string, IProjectionWorker>(StringComparer.Ordinal);
        foreach (var worker in workers)
        {
            if (!known.TryAdd(worker.View.Name, worker))
            {
                throw new IncompleteException(
                    $"Two projections or processes keep the view '{worker.View.Name}'. Give one of them another name.");
            }
        }

        if (names.FirstOrDefault(name => !known.ContainsKey(name)) is { } unknown)
        {
            throw new OptionsValidationException(
                nameof(OrderlyOptions.Only), typeof(OrderlyOptions),
                [$"There is no projection '{unknown}'. There are: {string.Join(", ", known.Keys)}."]);
        }

        return [.. (names.Count == 0 ? known.Keys : names.Distinct(StringComparer.Ordinal)).Select(name => known[name])];
    }

    /// <exception cref="OptionsValidationException">A value is not of its type, such as a number that is none.</exception>
    private static OrderlyOptions Read(IConfiguration configuration)
    {
        try
        {
            return OrderlyOptions.SectionOf(configuration).Get<OrderlyOptions>() ?? new OrderlyOptions();
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
            .AddProjection<CommandIndexProjection, CommandTrace>();

    private static IServiceCollection AddSqliteEvents(this IServiceCollection services)
        => services
            .AddSingleton(OpenSqliteEvents)
            .AddSingleton<IEventStore>(provider => Measured(provider, provider.GetRequiredService<SqliteEventStore>()))
            .AddSingleton<ICommandIndex>(provider => provider.GetRequiredService<SqliteEventStore>());

    internal static MeasuredEventStore Measured(IServiceProvider provider, IEventStore store)
        => new(
            store, provider.GetRequiredService<AppendOutcome>(), provider.GetRequiredService<StoreCircuits>().EventStore,
            provider.GetRequiredService<TimeProvider>());

    /// <exception cref="StartFailedException">Another version of the program made the file.</exception>
    private static SqliteEventStore OpenSqliteEvents(IServiceProvider provider)
    {
        try
        {
            return new SqliteEventStore(
                new SqliteEventStoreOptions { Path = DataFile(provider, EventsFile), ViewsPath = DataFile(provider, ViewsFile) },
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SqliteEventStore>>());
        }
        catch (InvalidOperationException e)
        {
            throw new StartFailedException(e.Message, e);
        }
    }

    private static IServiceCollection AddSqliteViews(this IServiceCollection services)
        => services.AddSingleton<IViewStore>(provider => new SqliteViewStore(
            new SqliteViewStoreOptions { Path = DataFile(provider, ViewsFile) }, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteViewStore>>()));

    private static IServiceCollection AddMongoViews(this IServiceCollection services)
        => services.AddSingleton<IViewStore>(provider => new MongoViewStore(
            OptionsOf(
                provider.GetRequiredService<OrderlyOptions>().Stores,
                provider.GetRequiredService<IConfiguration>().GetConnectionString(OrderlyOptions.MongoDb)!),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MongoViewStore>>()));

    private static MongoViewStoreOptions OptionsOf(StoreOptions stores, string connectionString)
        => new()
        {
            ConnectionString = connectionString,
            QueryTimeout = stores.QueryTimeout,
            ChangeTimeout = stores.CommandTimeout,
            CommitTimeout = stores.CommitTimeout,
        };

    private static IServiceCollection AddProjection<TProjection, TDocument>(this IServiceCollection services)
        where TProjection : class, IProjection<TDocument>, new()
        where TDocument : class
    {
        var projection = new TProjection();
        return services
            .AddSingleton(new WorkerName(projection.View.Name))
            .AddSingleton<IProjection<TDocument>>(projection)
            .AddSingleton<IProjectionWorker, ProjectionWorker<TDocument>>();
    }

    private static IServiceCollection AddProcess<TProcess, TState>(this IServiceCollection services)
        where TProcess : class, IProcess<TState>
        where TState : class
    {
        const string Name = "Name";
        var name = typeof(TProcess).GetField(Name)?.GetRawConstantValue() as string
            ?? throw new IncompleteException(
                $"The process {typeof(TProcess).Name} has no name. Add a public constant {Name}, and give it to its view.");
        return services
            .AddSingleton(new WorkerName(name))
            .AddSingleton<TProcess>()
            .AddSingleton<IProjectionWorker>(provider => new ProjectionWorker<TState>(
                provider.GetRequiredService<TProcess>(), provider.GetRequiredService<SubscriptionServices>()));
    }

    private static string DataFile(IServiceProvider provider, string name)
        => Path.GetFullPath(Path.Combine(provider.GetRequiredService<OrderlyOptions>().DataDirectory, name));

    private static Type[]? ArgumentsOf(Type type, Type genericBase)
        => type.BaseType is { IsConstructedGenericType: true } parent && parent.GetGenericTypeDefinition() == genericBase
            ? parent.GetGenericArguments()
            : null;
}
