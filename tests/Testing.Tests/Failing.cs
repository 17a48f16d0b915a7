using Xunit.Sdk;

namespace Orderly.Testing.Tests;

/// <summary>What the kit says when a check fails.</summary>
internal static class Failing
{
    /// <summary>It fails, and its message has all of these parts.</summary>
    public static void With(Action act, params IEnumerable<string> parts) => Says(Assert.ThrowsAny<XunitException>(act), parts);

    /// <inheritdoc cref="With(Action, IEnumerable{string})"/>
    public static async Task WithAsync(Func<Task> act, params IEnumerable<string> parts)
        => Says(await Assert.ThrowsAnyAsync<XunitException>(act), parts);

    private static void Says(XunitException failure, IEnumerable<string> parts)
        => Assert.All(parts, part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
}
