using System.Text.Json;
using FluentValidation;
using FluentValidation.Results;
using MediatR;

namespace Orderly.Domain.Deciding;

/// <summary>Refuses a command that its validator finds invalid, before anything is loaded.</summary>
public sealed class ValidationBehavior<TRequest>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, CommandResult>
    where TRequest : notnull
{
    public Task<CommandResult> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<CommandResult> next)
    {
        List<ValidationFailure>? failures = null;
        foreach (var validator in validators)
        {
            var result = validator.Validate(request);
            if (!result.IsValid)
            {
                (failures ??= []).AddRange(result.Errors);
            }
        }

        if (failures is null)
        {
            return next();
        }

        CommandTelemetry.Invalid(typeof(TRequest).Name);
        return Task.FromResult<CommandResult>(new CommandResult.Refused(Refuse(failures)));
    }

    private static Refusal Refuse(IEnumerable<ValidationFailure> failures)
        => new(RefusalKind.Invalid, "The request is not valid.")
        {
            Errors = failures
                .GroupBy(failure => JsonPath(failure.PropertyName))
                .ToDictionary(field => field.Key, field => field.Select(failure => failure.ErrorMessage).Distinct().ToArray()),
        };

    /// <summary><c>Lines[0].UnitPrice</c> is <c>lines[0].unitPrice</c> to the client.</summary>
    private static string JsonPath(string propertyName)
        => string.Join('.', propertyName.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}
