using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Orderly.Architecture.Tests;

/// <summary>What a room's assembly really uses, as the compiler wrote it down.</summary>
internal sealed class CompiledRoom
{
    private CompiledRoom(IReadOnlySet<string> assemblies, IReadOnlySet<string> members) => (Assemblies, Members) = (assemblies, members);

    /// <summary>The names of the assemblies that it uses something of.</summary>
    public IReadOnlySet<string> Assemblies { get; }

    /// <summary>The members of other assemblies that it uses, as <c>Namespace.Type.Member</c>.</summary>
    public IReadOnlySet<string> Members { get; }

    public static CompiledRoom Read(string room)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"Orderly.{room}.dll")));
        var metadata = file.GetMetadataReader();
        return new CompiledRoom(
            metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToHashSet(),
            metadata.MemberReferences.Select(handle => NameOf(metadata, metadata.GetMemberReference(handle))).ToHashSet());
    }

    private static string NameOf(MetadataReader metadata, MemberReference member)
    {
        if (member.Parent.Kind != HandleKind.TypeReference)
        {
            return metadata.GetString(member.Name);
        }

        var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}";
    }
}
