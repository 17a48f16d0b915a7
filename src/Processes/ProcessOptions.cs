namespace Orderly.Processes;

/// <summary>The rules that the processes keep: <c>Orderly:Processes</c>.</summary>
public sealed record ProcessOptions
{
    /// <summary>A customer's orders within one session must stay under it together, in the orders' currency.</summary>
    public decimal FraudLimit { get; init; } = 2_000;

    /// <summary>How long a customer must order nothing for a session to be over, by the times of the orders.</summary>
    public TimeSpan FraudSessionGap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long the checks of an order may take before it is rejected.</summary>
    public TimeSpan CheckDeadline { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after its confirmation an order must be paid; otherwise it is cancelled.</summary>
    public TimeSpan PaymentDeadline { get; init; } = TimeSpan.FromHours(24);
}
