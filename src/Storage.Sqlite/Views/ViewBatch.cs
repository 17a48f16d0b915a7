using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.Sqlite;

/// <summary>
/// The documents of a commit as they will be stored. They are made ready before the transaction begins, so that
/// nobody waits for a serializer to let go of the file.
/// </summary>
internal sealed class ViewBatch : IDisposable
{
    private readonly PooledBuffer _json = new();
    private readonly Entry[] _entries;
    private readonly object?[] _fields;
    private readonly int _fieldCount;

    private ViewBatch(int documents, int fields)
    {
        _entries = new Entry[documents];
        _fields = documents * fields == 0 ? [] : new object?[documents * fields];
        _fieldCount = fields;
    }

    public static ViewBatch Of<TDocument>(View<TDocument> view, IReadOnlyList<StoredDocument<TDocument>> documents)
        where TDocument : class
    {
        var batch = new ViewBatch(documents.Count, view.Fields.Count);
        try
        {
            batch.Fill(view, documents);
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Writes all of them with the statement of <see cref="ViewTable.Upsert"/>.</summary>
    public void Write(Statement upsert)
    {
        foreach (var entry in _entries)
        {
            var body = _json.Written.Slice(entry.Start, entry.Length);
            upsert.Bind(1, entry.Id).Bind(2, entry.Position).BindText(3, body)
                .Bind(4, DocumentProof.Checksum(entry.Id, entry.Position, body));
            for (var i = 0; i < _fieldCount; i++)
            {
                BindField(upsert, i + ViewTable.FirstField, _fields[entry.FirstField + i]);
            }

            upsert.Run();
        }
    }

    public void Dispose() => _json.Dispose();

    private static void BindField(Statement upsert, int parameter, object? value)
        => _ = value switch
        {
            null => upsert.Bind(parameter, (string?)null),
            long integer => upsert.Bind(parameter, integer),
            string text => upsert.Bind(parameter, text),
            _ => throw new ArgumentException(
                $"A field's value is a string, a long, a list of strings where it has several, or null, not a {value.GetType()}."),
        };

    /// <summary>A list as it is stored, never as NULL: keywords as JSON, words with spaces between them.</summary>
    private static object? Stored<TDocument>(ViewField<TDocument> field, TDocument document) => (field.Kind, field.Read(document)) switch
    {
        (ViewFieldKind.Keywords, null) => "[]",
        (ViewFieldKind.Keywords, IEnumerable<string> texts)
            => $"[{string.Join(',', texts.Select(text => $"\"{JsonEncodedText.Encode(text)}\""))}]",
        (ViewFieldKind.Words, null) => string.Empty,
        (ViewFieldKind.Words, IEnumerable<string> words) => string.Join(' ', words),
        (_, var value) => value,
    };

    private void Fill<TDocument>(View<TDocument> view, IReadOnlyList<StoredDocument<TDocument>> documents)
        where TDocument : class
    {
        // The file stays readable to people beyond ASCII. The JSON never becomes HTML.
        var encoder = view.Json.Options.Encoder ?? JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        using var writer = new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = encoder, SkipValidation = true });
        for (var i = 0; i < documents.Count; i++)
        {
            var document = documents[i];
            var start = _json.Written.Length;
            JsonSerializer.Serialize(writer, document.Value, view.Json);
            writer.Flush();
            writer.Reset();
            _entries[i] = new Entry(document.Id, document.Position, start, _json.Written.Length - start, i * _fieldCount);
            for (var field = 0; field < _fieldCount; field++)
            {
                _fields[(i * _fieldCount) + field] = Stored(view.Fields[field], document.Value);
            }
        }

        // Neighbours in the index are written one after the other.
        Array.Sort(_entries, static (x, y) => string.CompareOrdinal(x.Id, y.Id));
    }

    private readonly record struct Entry(string Id, long Position, int Start, int Length, int FirstField);

    /// <summary>A growing run of bytes in a rented array.</summary>
    private sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
    {
        private byte[] _bytes = ArrayPool<byte>.Shared.Rent(4096);
        private int _length;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public void Advance(int count) => _length += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            var needed = checked(_length + Math.Max(sizeHint, 1));
            if (needed > _bytes.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
                Written.CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_bytes);
                _bytes = larger;
            }

            return _bytes.AsMemory(_length);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
    }
}
