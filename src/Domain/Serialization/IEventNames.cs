namespace Orderly.Domain.Serialization;

/// <summary>
/// Names events in the log, with their JSON and the upcasters of older versions. There is one beside each aggregate, and, if you like, one
/// beside each older version. They are found by themselves: a public constructor without parameters is all that they need.
/// </summary>
/// <remarks>
/// The JSON needs the options of the log: <c>JsonSerializerDefaults.Web</c>, strict numbers, and nullable annotations and required
/// parameters respected. Fields that a reader does not know are skipped, and fields that an event lacks must be optional in its record: so
/// an event grows without a new version.
/// </remarks>
public interface IEventNames
{
    void AddTo(EventTypes.Builder types);
}
