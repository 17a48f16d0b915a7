using System.Reflection;

namespace Orderly.Access;

/// <summary>
/// What a caller may do, in the words of OAuth: a token or an API key lists its scopes, a role stands for some. The domain's own scopes are
/// in a part of this class beside it.
/// </summary>
[Role("auditor", HistoryRead, KeysRead, ProjectionsRead)]
[Role("operator", ProjectionsRead, ProjectionsWrite)]
[Role("admin", KeysRead, KeysWrite)]
public static partial class Scopes
{
    /// <summary>Every stream of the log.</summary>
    public const string HistoryRead = "history:read";

    /// <summary>How the views keep up, what is parked, and what health checks find.</summary>
    public const string ProjectionsRead = "projections:read";

    /// <summary>To try parked events again and to leave them out.</summary>
    public const string ProjectionsWrite = "projections:write";

    /// <summary>The API keys, without their secrets.</summary>
    public const string KeysRead = "keys:read";

    /// <summary>To issue, rotate and revoke API keys.</summary>
    public const string KeysWrite = "keys:write";

    /// <summary>What is the caller's own. Which account the caller has, the token says.</summary>
    public const string Own = "own";

    private static readonly IReadOnlyList<(string Scope, FieldInfo Field)> s_declared =
    [
        .. typeof(Scopes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (Scope: (string)field.GetRawConstantValue()!, field)).OrderBy(one => one.Scope, StringComparer.Ordinal),
    ];

    /// <summary>All of them, in the order of their names.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_declared.Select(one => one.Scope)];

    /// <summary>Those that an API key can have: a key is of a program, which has no account.</summary>
    public static IReadOnlyList<string> OfKeys { get; } = [.. All.Where(scope => scope != Own)];

    /// <summary>Those that no person has, whatever a token says.</summary>
    public static IReadOnlyList<string> OfProgramsOnly { get; } =
        [.. s_declared.Where(one => one.Field.IsDefined(typeof(ProgramsOnlyAttribute))).Select(one => one.Scope)];

    /// <summary>What each role may do.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Roles { get; } = typeof(Scopes).GetCustomAttributes<RoleAttribute>()
        .GroupBy(role => role.Name, role => role.Scopes, StringComparer.Ordinal)
        .ToDictionary(
            role => role.Key,
            IReadOnlyList<string> (role) => [.. role.SelectMany(scopes => scopes).Distinct().Order(StringComparer.Ordinal)],
            StringComparer.Ordinal);

    /// <summary>Which scopes open the streams of a category, by the category, besides <see cref="HistoryRead"/>.</summary>
    public static ILookup<string, string> OfStreams { get; } = s_declared
        .SelectMany(one => one.Field.GetCustomAttribute<OpensStreamsAttribute>()?.Categories.Select(of => (Category: of, one.Scope)) ?? [])
        .ToLookup(one => one.Category, one => one.Scope, StringComparer.Ordinal);
}

/// <summary>A role has these scopes, and those that other parts of the class name for it.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class RoleAttribute(string name, params string[] scopes) : Attribute
{
    public string Name { get; } = name;

    public IReadOnlyList<string> Scopes { get; } = scopes;
}

/// <summary>The categories of streams that who has a scope may read in the log.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class OpensStreamsAttribute(params string[] categories) : Attribute
{
    public IReadOnlyList<string> Categories { get; } = categories;
}

/// <summary>Marks a scope that no person has, whatever a token says.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ProgramsOnlyAttribute : Attribute;
