namespace Orderly.Domain;

/// <summary>
/// Something that was added to the service lacks a part that it needs: a developer's mistake, which ends the start. The message says what
/// is missing and where it belongs.
/// </summary>
public sealed class IncompleteException(string message) : Exception(message);
