namespace Orderly.Bench;

/// <summary>What one run of a workload is given.</summary>
/// <param name="Directory">Its directory.</param>
/// <param name="Events">How many events W3 rebuilds from.</param>
/// <param name="IsPrepared">Whether the directory holds W3's log already.</param>
internal sealed record BenchSettings(string Directory, int Events, bool IsPrepared);
