using System.Runtime.InteropServices;
using System.Text;

namespace Orderly.Storage.Sqlite;

/// <summary>Which file a path leads to: a file that is renamed keeps its identity, another one at the same path has its own.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int CurrentDirectory = -100;
    private const uint InodeMask = 0x100;
    private const int ResultBytes = 256;
    private const int InodeOffset = 32;

    /// <summary>Major and minor number, of 32 bits each.</summary>
    private const int DeviceOffset = 136;

    /// <summary>
    /// Asks the file system, in about a microsecond. Null when there is no file, and always on a system without <c>statx(2)</c>, whose
    /// answer has the same layout on every Linux.
    /// </summary>
    /// <param name="path">The path in UTF-8, ended by a zero; <see cref="PathOf"/> makes it.</param>
    public static FileIdentity? Of(byte[] path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> result = stackalloc byte[ResultBytes];
        return StatX(CurrentDirectory, path, 0, InodeMask, ref result[0]) != 0 ? null
            : new FileIdentity(BitConverter.ToUInt64(result[DeviceOffset..]), BitConverter.ToUInt64(result[InodeOffset..]));
    }

    /// <inheritdoc cref="Of(byte[])"/>
    public static FileIdentity? Of(string path) => Of(PathOf(path));

    public static byte[] PathOf(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int directory, byte[] path, int flags, uint mask, ref byte result);
}
