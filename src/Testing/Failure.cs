using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>A check that failed because of something that was thrown.</summary>
internal static class Failure
{
    public static XunitException Of(string what, Exception thrown)
        => new($"{what}{Environment.NewLine}{thrown.GetType().Name}: {thrown.Message}", thrown);
}
