namespace Orderly.Access;

/// <content>The scopes of tickets, and who has them.</content>
[Role("clerk", TicketsRead, TicketsWrite)]
[Role("auditor", TicketsRead)]
public static partial class Scopes
{
    /// <summary>All tickets.</summary>
    [OpensStreams("ticket")]
    public const string TicketsRead = "tickets:read";

    /// <summary>To open, answer and close tickets.</summary>
    public const string TicketsWrite = "tickets:write";
}
