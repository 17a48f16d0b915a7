using System.Globalization;

namespace Orderly.Tests;

/// <summary>How much a long test does: little by default, and more by a switch (docs/extending.md).</summary>
public static class TestSize
{
    /// <summary>The value of the environment variable <c>ORDERLY_TEST_name</c>.</summary>
    public static int Of(string name, int normally)
        => Environment.GetEnvironmentVariable($"ORDERLY_TEST_{name}") is { } set ? int.Parse(set, CultureInfo.InvariantCulture) : normally;
}
