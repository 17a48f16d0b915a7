using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Conventions;
using MongoDB.Bson.Serialization.Serializers;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// How documents are written: by the driver's class maps and conventions, with names in camelCase as in the JSON, nulls
/// kept, and each value in the form that a person expects to see who looks at the database.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A decimal is a Decimal128, an enum its name, a <see cref="Guid"/> a UUID, a <see cref="DateOnly"/> its ISO 8601 text.</item>
/// <item>
/// A <see cref="DateTimeOffset"/> and a <see cref="DateTime"/> are dates: the instant in UTC, to the millisecond, as the
/// port promises. Commands carry no finer times.
/// </item>
/// <item>Computed properties are not stored. What a view declares as a field must be.</item>
/// </list>
/// All of it lives in a registry of its own. What the process registers with the driver for other uses is not touched.
/// </remarks>
internal static class DocumentSerialization
{
    private static readonly BsonSerializerRegistry s_registry = CreateRegistry();

    static DocumentSerialization() => BsonSerializer.RegisterSerializationProvider(new StoredDocuments());

    /// <summary>Lets the driver find the serializers of <see cref="StoredDocument{TDocument}"/>, and of nothing else.</summary>
    public static void Register()
    {
        // The static constructor has done it by now, once in the process.
    }

    public static IBsonSerializer<T> Of<T>() => s_registry.GetSerializer<T>();

    public static BsonClassMap MapOf<TDocument>() => Records.Map(typeof(TDocument), s_registry);

    private static BsonSerializerRegistry CreateRegistry()
    {
        // Who is registered last is asked first.
        var registry = new BsonSerializerRegistry();
        registry.RegisterSerializationProvider(new Records());
        registry.RegisterSerializationProvider(new CollectionsSerializationProvider());
        registry.RegisterSerializationProvider(new PrimitiveSerializationProvider());
        registry.RegisterSerializationProvider(new Values());
        registry.RegisterSerializationProvider(new StoredDocuments());
        registry.RegisterSerializationProvider(new BsonObjectModelSerializationProvider());
        return registry;
    }

    /// <summary>Values that have other forms here than the driver would choose.</summary>
    private sealed class Values : BsonSerializationProviderBase
    {
        public override IBsonSerializer? GetSerializer(Type type, IBsonSerializerRegistry serializerRegistry)
        {
            if (type == typeof(object))
            {
                // The driver would refuse some of the values when they are written, and read others as what they were not.
                throw new NotSupportedException("A document has a member of type object: say of which type it is.");
            }

            return type switch
            {
                _ when type == typeof(DateTimeOffset) => new DateTimeOffsetSerializer(BsonType.DateTime),
                _ when type == typeof(DateOnly) => new DateOnlySerializer(BsonType.String),
                _ when type == typeof(Guid) => new GuidSerializer(GuidRepresentation.Standard),
                { IsEnum: true }
                    => (IBsonSerializer?)Activator.CreateInstance(typeof(EnumSerializer<>).MakeGenericType(type), BsonType.String),
                _ => null,
            };
        }
    }

    private sealed class StoredDocuments : BsonSerializationProviderBase
    {
        public override IBsonSerializer? GetSerializer(Type type, IBsonSerializerRegistry serializerRegistry)
            => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(StoredDocument<>)
                ? (IBsonSerializer?)Activator.CreateInstance(typeof(StoredDocumentSerializer<>).MakeGenericType(type.GetGenericArguments()))
                : null;
    }

    /// <summary>Class maps of records, by their constructors.</summary>
    private sealed class Records : BsonSerializationProviderBase
    {
        private static readonly ConventionRunner s_conventions = new(new ConventionPack
        {
            new ReadWriteMemberFinderConvention(),
            new NamedParameterCreatorMapConvention(),
            new CamelCaseElementNameConvention(),
            new IgnoreExtraElementsConvention(true),
        });

        public override IBsonSerializer? GetSerializer(Type type, IBsonSerializerRegistry serializerRegistry)
            => type is { IsAbstract: false }
                ? (IBsonSerializer?)Activator.CreateInstance(
                    typeof(BsonClassMapSerializer<>).MakeGenericType(type), Map(type, serializerRegistry))
                : null;

        /// <exception cref="BsonSerializationException">A constructor takes what would not be stored.</exception>
        public static BsonClassMap Map(Type type, IBsonSerializerRegistry registry)
        {
            var map = new BsonClassMap(type);
            foreach (var constructor in type.GetConstructors().Where(constructor => constructor.GetParameters().Length > 0))
            {
                map.MapConstructor(constructor);
            }

            s_conventions.Apply(map);
            foreach (var member in map.DeclaredMemberMaps)
            {
                member.SetSerializer(registry.GetSerializer(member.MemberType));

                // An older version of the view, which is live until it has been built anew, may not have the field.
                member.SetDefaultValue(member.MemberType.IsValueType ? Activator.CreateInstance(member.MemberType) : null);
            }

            map.SetDiscriminatorConvention(new NoDiscriminator());
            map.Freeze();
            return map;
        }
    }

    /// <summary>A document is of the type that its view says. Nothing has to be looked for in it, or written to it, to know that.</summary>
    private sealed class NoDiscriminator : IDiscriminatorConvention
    {
        public string ElementName => "_t";

        public Type GetActualType(IBsonReader bsonReader, Type nominalType) => nominalType;

        public BsonValue? GetDiscriminator(Type nominalType, Type actualType) => null;
    }
}
