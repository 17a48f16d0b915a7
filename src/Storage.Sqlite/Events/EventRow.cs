namespace Orderly.Storage.Sqlite;

/// <summary>A row of the table <c>events</c>. Its spans are valid until the statement's next step.</summary>
/// <param name="row">A statement of <see cref="Columns"/> that stands on the row. Each column is fetched once.</param>
internal readonly ref struct EventRow(Statement row)
{
    public const string Columns = "position, stream, revision, event_id, type, recorded_at, data, metadata, checksum, chain";

    private readonly Statement _row = row;

    public long Position { get; } = row.Long(0);

    public ReadOnlySpan<byte> Stream { get; } = row.Bytes(1);

    public long Revision { get; } = row.Long(2);

    public ReadOnlySpan<byte> Id { get; } = row.Bytes(3);

    public ReadOnlySpan<byte> Type { get; } = row.Bytes(4);

    public long RecordedAt { get; } = row.Long(5);

    public ReadOnlySpan<byte> Data { get; } = row.Bytes(6);

    public ReadOnlySpan<byte> Metadata { get; } = row.Bytes(7);

    public long Checksum { get; } = row.Long(8);

    public long Chain => _row.Long(9);

    /// <summary>Whether the event was erased. Its position, checksum and chain are all that is left of it.</summary>
    public bool IsErased => Stream.IsEmpty && Id.IsEmpty && Type.IsEmpty && Data.IsEmpty && Metadata.IsEmpty;

    /// <summary>Whether the event is what was written. Of an erased one nobody can tell but the chain.</summary>
    public bool IsSound => Checksum == ComputeChecksum();

    public long ComputeChecksum() => EventProof.Checksum(Position, Revision, RecordedAt, Id, Stream, Type, Data, Metadata);
}
