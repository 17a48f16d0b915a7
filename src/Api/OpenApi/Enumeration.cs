using Orderly.Api.Queries;
using Orderly.ReadModels.ApiKeys;
using Orderly.Subscriptions.Operating;

namespace Orderly.Api.OpenApi;

/// <summary>A text that has one of some values: a schema of its own, so that a generated client has one type for it.</summary>
/// <param name="Name">The schema's name.</param>
internal sealed partial record Enumeration(string Name, string Description, IReadOnlyList<string> Values)
{
    public static readonly Enumeration HealthStatus = new("HealthStatus", "What a health check found.", ["live", "ready"]);

    public static readonly Enumeration ProjectionState = new(
        "ProjectionState",
        "'live': it holds all events; 'catching-up': not yet; 'faulted': it can't go on. Others are not read by queries.",
        ["live", "catching-up", "faulted", "building", "retired", "apart"]);

    public static readonly Enumeration ParkedReason = new(
        "ParkedReason", "Why an event could not be applied.", ["unreadable", "unknown-type", "too-new", "threw", "waiting"]);

    public static readonly Enumeration ParkedAction = new("ParkedAction", "What was asked for.", ["retry", "skip"]);

    public static readonly Enumeration ApiKeyStatus = new(
        "ApiKeyStatus", "Whether an API key was revoked. An active one may have expired.", ["active", "revoked"]);

    // It is made when it is asked for: fields of another part of the class may not be there before.
    private static readonly Lazy<Dictionary<(Type Type, string Property), Enumeration>> s_properties = new(() =>
    {
        Dictionary<(Type Type, string Property), Enumeration> properties = new()
        {
            [(typeof(HealthAnswer), "status")] = HealthStatus,
            [(typeof(ProjectionStatus), "state")] = ProjectionState,
            [(typeof(ParkedItem), "reason")] = ParkedReason,
            [(typeof(ParkedAsk), "action")] = ParkedAction,
            [(typeof(ApiKeyDocument), "status")] = ApiKeyStatus,
        };
        AddDomain(properties);
        return properties;
    });

    /// <summary>What a property of a body is limited to; null: to nothing.</summary>
    public static Enumeration? Of(Type type, string property) => s_properties.Value.GetValueOrDefault((type, property));

    /// <summary>The properties of the domain's own bodies.</summary>
    static partial void AddDomain(Dictionary<(Type Type, string Property), Enumeration> properties);
}
