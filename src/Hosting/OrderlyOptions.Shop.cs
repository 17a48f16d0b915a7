using Orderly.Domain;
using Orderly.Processes.Email;

namespace Orderly.Hosting;

/// <content>The settings of the shop.</content>
public sealed partial record OrderlyOptions
{
    /// <summary>How customers are written to.</summary>
    public EmailOptions Email { get; init; } = new();

    partial void AddDomainFaults(List<string> faults)
    {
        if (!Processes.FraudLimits.Keys.All(Currencies.IsKnown))
        {
            faults.Add($"{Section}:Processes:FraudLimits must name currencies by their ISO 4217 codes, such as EUR.");
        }

        if (!Processes.FraudLimits.Values.All(limit => limit > 0))
        {
            faults.Add($"{Section}:Processes:FraudLimits must be more than zero.");
        }

        faults.AddRange(Email.FindFaults());
    }
}
