namespace Orderly.ReadModels.ViewStore;

/// <summary>A change of one view's record.</summary>
/// <param name="Apply">
/// The changed record and the answer, of the record as it is stored and the time (UTC). The same instance says that nothing is to
/// be written. It may be called several times, and an exception that it throws reaches the caller with nothing written.
/// </param>
public sealed record ViewChange<T>(string View, Func<ViewRecord, DateTimeOffset, (ViewRecord Record, T Answer)> Apply)
{
    /// <summary>What a generation that the change adds is made for; null when it adds none.</summary>
    public View? Definition { get; init; }

    /// <summary>Which parked events the change has to see; null: none. Those of a generation that goes, go in any case.</summary>
    public ParkedFilter? Parked { get; init; }
}

/// <summary>A choice among a view's parked events.</summary>
/// <param name="Number">Only those of this generation; null: of all.</param>
/// <param name="Position">Only those at this position; null: at all.</param>
public sealed record ParkedFilter(int? Number = null, long? Position = null);
