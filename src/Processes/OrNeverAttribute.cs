namespace Orderly.Processes;

/// <summary>A duration of the options may also be <c>never</c>: <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OrNeverAttribute : Attribute;
