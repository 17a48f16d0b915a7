using FluentValidation;
using MediatR;
using Orderly.Domain.Deciding;

namespace Orderly.Testing;

/// <summary>MediatR with the commands of a domain, as a program has it: validated, and then decided.</summary>
internal static class DomainMediator
{
    public static IMediator Create(Decider decider) => new Mediator(service => Resolve(service, decider));

    /// <summary>A command's handler, or the list of what comes before it.</summary>
    private static object Resolve(Type service, Decider decider)
    {
        var wanted = service.GenericTypeArguments[0];
        if (service.GetGenericTypeDefinition() != typeof(IEnumerable<>))
        {
            return Create(typeof(CommandHandler<,>).MakeGenericType(wanted, StateOf(wanted)), decider);
        }

        var command = wanted.GenericTypeArguments[0];
        return ArrayOf(wanted, [Create(typeof(ValidationBehavior<>).MakeGenericType(command), ValidatorsOf(command))]);
    }

    private static Array ValidatorsOf(Type command)
    {
        var validator = typeof(IValidator<>).MakeGenericType(command);
        var found = command.Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(validator));
        return ArrayOf(validator, [.. found.Select(type => Create(type))]);
    }

    private static Type StateOf(Type command)
    {
        for (var type = command; type is not null; type = type.BaseType)
        {
            if (type.IsConstructedGenericType && type.GetGenericTypeDefinition() == typeof(Command<>))
            {
                return type.GenericTypeArguments[0];
            }
        }

        throw new ArgumentException($"{command.Name} is not a command of an aggregate.", nameof(command));
    }

    private static object Create(Type type, params object[] arguments) => Activator.CreateInstance(type, arguments)!;

    private static Array ArrayOf(Type type, object[] items)
    {
        var array = Array.CreateInstance(type, items.Length);
        items.CopyTo(array, 0);
        return array;
    }
}
