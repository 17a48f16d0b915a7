using System.ComponentModel.DataAnnotations;

namespace Orderly.Processes;

/// <summary>The rules that the processes keep. All workers must have the same ones.</summary>
public sealed record ProcessOptions
{
    /// <summary>How long after its last answer a ticket is closed.</summary>
    [OrNever]
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromDays(7);
}
