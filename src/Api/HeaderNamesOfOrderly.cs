namespace Orderly.Api;

/// <summary>The headers that HTTP itself does not define.</summary>
internal static class HeaderNamesOfOrderly
{
    public const string IdempotencyKey = "Idempotency-Key";
    public const string LogPosition = "Log-Position";
    public const string MinLogPosition = "Min-Log-Position";
    public const string Prefer = "Prefer";
    public const string PreferenceApplied = "Preference-Applied";
}
