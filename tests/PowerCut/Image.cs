namespace Orderly.PowerCut;

/// <summary>A file as this process sees it, and what of it is not on the disk yet. Safe for concurrent use.</summary>
internal sealed unsafe class Image
{
    private const int Ok = 0;

    private readonly Lock _lock = new();
    private readonly List<Change> _unsynced = [];
    private byte[] _bytes;
    private long _length;

    private Image(byte[] bytes, nint system) => (_bytes, _length, System) = (bytes, bytes.Length, system);

    /// <summary>The operating system's methods for the file.</summary>
    public nint System { get; }

    public long Length
    {
        get
        {
            lock (_lock)
            {
                return _length;
            }
        }
    }

    /// <summary>Reads a file that was just opened. Through SQLite: a file that the process closes elsewhere loses its locks.</summary>
    public static Image Load(UnsyncedFiles.OpenFile* file)
    {
        long length;
        Check(file->Methods->Measure(file, &length));
        var bytes = new byte[length];
        fixed (byte* at = bytes)
        {
            Check(length == 0 ? Ok : file->Methods->Read(file, at, (int)length, 0));
        }

        return new Image(bytes, (nint)file->Methods);
    }

    /// <returns>False when the file ended before; what is missing reads as zeros.</returns>
    public bool Read(Span<byte> buffer, long offset)
    {
        lock (_lock)
        {
            var there = (int)Math.Clamp(_length - offset, 0, buffer.Length);
            _bytes.AsSpan((int)Math.Min(offset, _length), there).CopyTo(buffer);
            buffer[there..].Clear();
            return there == buffer.Length;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        lock (_lock)
        {
            var end = (int)offset + bytes.Length;
            if (end > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
            }

            bytes.CopyTo(_bytes.AsSpan((int)offset));
            _length = Math.Max(_length, end);
            _unsynced.Add(new Change(offset, bytes.ToArray()));
        }
    }

    public void Truncate(long length)
    {
        lock (_lock)
        {
            if (length < _length)
            {
                _bytes.AsSpan((int)length, (int)(_length - length)).Clear();
                _length = length;
                _unsynced.Add(new Change(length, null));
            }
        }
    }

    public int Sync(UnsyncedFiles.OpenFile* file, UnsyncedFiles.Methods* system)
    {
        lock (_lock)
        {
            foreach (var change in _unsynced)
            {
                fixed (byte* at = change.Bytes)
                {
                    var result = change.Bytes is null
                        ? system->Truncate(file, change.Offset)
                        : system->Write(file, at, change.Bytes.Length, change.Offset);
                    if (result != Ok)
                    {
                        return result;
                    }
                }
            }

            _unsynced.Clear();
            return Ok;
        }
    }

    private static void Check(int result)
    {
        if (result != Ok)
        {
            throw new InvalidOperationException($"SQLite can't read a file: result {result}.");
        }
    }

    /// <param name="Bytes">What was written; null: the file was cut off at the offset.</param>
    private sealed record Change(long Offset, byte[]? Bytes);
}
