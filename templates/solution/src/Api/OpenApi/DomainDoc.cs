namespace Orderly.Api.OpenApi;

/// <summary>What the OpenAPI document says about the domain as a whole.</summary>
internal static class DomainDoc
{
    public const string About = "Tickets: questions, and their answers.";

    public const string Examples
        = "The examples belong together. They succeed on a new service in this order: open a ticket, answer it, close it.";
}
