using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Conventions;
using MongoDB.Bson.Serialization.Serializers;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>
/// How documents are written: as the driver's class maps of their positional records, with names in camelCase as in
/// the JSON, nulls kept, and each value in the form that a person expects to see who looks at the database.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A decimal is a Decimal128, an enum its name, a <see cref="Guid"/> a UUID, a <see cref="DateOnly"/> its ISO 8601 text.</item>
/// <item>
/// A <see cref="DateTimeOffset"/> and a <see cref="DateTime"/> are dates: the instant in UTC, to the millisecond, as the
/// port promises. Commands carry no finer times.
/// </item>
/// <item>Only what the record's constructor takes is stored; computed properties are not.</item>
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

    public static BsonClassMap MapOf<TDocument>() => PositionalRecords.Map(typeof(TDocument), s_registry);

    private static BsonSerializerRegistry CreateRegistry()
    {
        // Who is registered last is asked first.
        var registry = new BsonSerializerRegistry();
        registry.RegisterSerializationProvider(new PositionalRecords());
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
            if (type == typeof(decimal))
            {
                return new DecimalSerializer(BsonType.Decimal128);
            }

            if (type == typeof(DateTimeOffset))
            {
                return new DateTimeOffsetSerializer(BsonType.DateTime);
            }

            if (type == typeof(DateTime))
            {
                return new DateTimeSerializer(DateTimeKind.Utc, BsonType.DateTime);
            }

            if (type == typeof(DateOnly))
            {
                return new DateOnlySerializer(BsonType.String);
            }

            if (type == typeof(Guid))
            {
                return new GuidSerializer(GuidRepresentation.Standard);
            }

            if (type.IsEnum)
            {
                return (IBsonSerializer?)Activator.CreateInstance(typeof(EnumSerializer<>).MakeGenericType(type), BsonType.String);
            }

            return Nullable.GetUnderlyingType(type) is { } value
                ? (IBsonSerializer?)Activator.CreateInstance(typeof(NullableSerializer<>).MakeGenericType(value), serializerRegistry.GetSerializer(value))
                : null;
        }
    }

    private sealed class StoredDocuments : BsonSerializationProviderBase
    {
        public override IBsonSerializer? GetSerializer(Type type, IBsonSerializerRegistry serializerRegistry)
            => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(StoredDocument<>)
                ? (IBsonSerializer?)Activator.CreateInstance(typeof(StoredDocumentSerializer<>).MakeGenericType(type.GetGenericArguments()))
                : null;
    }

    /// <summary>Class maps of records, by their primary constructor.</summary>
    private sealed class PositionalRecords : BsonSerializationProviderBase
    {
        public override IBsonSerializer? GetSerializer(Type type, IBsonSerializerRegistry serializerRegistry)
            => type is { IsClass: true, IsAbstract: false }
                ? (IBsonSerializer?)Activator.CreateInstance(typeof(BsonClassMapSerializer<>).MakeGenericType(type), Map(type, serializerRegistry))
                : null;

        public static BsonClassMap Map(Type type, IBsonSerializerRegistry registry)
        {
            var properties = type.GetProperties(BindingFlags.Instance | BindingFlags.Public);
            var (constructor, names) = properties.Length == 0 ? (null, []) : PrimaryConstructor(type, properties);
            if (Array.Find(properties, property => IsStored(property) && !names.Contains(property.Name, StringComparer.Ordinal)) is { } lost)
            {
                throw new NotSupportedException($"{type.Name}.{lost.Name} would not be stored: the constructor does not take it. Add it there, or mark it with [JsonIgnore].");
            }

            var map = new BsonClassMap(type);
            foreach (var name in names)
            {
                var member = map.MapProperty(name);
                member.SetElementName(JsonNamingPolicy.CamelCase.ConvertName(name));
                member.SetSerializer(registry.GetSerializer(member.MemberType));

                // An older version of the view, which is live until it has been built anew, may not have the field.
                member.SetDefaultValue(member.MemberType.IsValueType ? Activator.CreateInstance(member.MemberType) : null);
            }

            // Of a type that holds nothing there are no documents: it is the state of a process that remembers nothing.
            if (constructor is not null)
            {
                map.MapConstructor(constructor, names);
            }

            map.SetIgnoreExtraElements(true);
            map.SetDiscriminatorConvention(new NoDiscriminator());
            map.Freeze();
            return map;
        }

        private static (ConstructorInfo Constructor, string[] Names) PrimaryConstructor(Type type, PropertyInfo[] properties)
        {
            foreach (var constructor in type.GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length))
            {
                var parameters = constructor.GetParameters();
                if (parameters.Length > 0 && Array.TrueForAll(parameters, parameter => Array.Exists(properties, property => IsOf(property, parameter))))
                {
                    return (constructor, Array.ConvertAll(parameters, parameter => Array.Find(properties, property => IsOf(property, parameter))!.Name));
                }
            }

            throw new NotSupportedException($"{type.Name} is not a positional record: it has no public constructor that takes its properties.");
        }

        private static bool IsOf(PropertyInfo property, ParameterInfo parameter)
            => property.PropertyType == parameter.ParameterType && string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase);

        private static bool IsStored(PropertyInfo property)
            => property.SetMethod is { IsPublic: true } && property.GetCustomAttribute<JsonIgnoreAttribute>() is null;
    }

    /// <summary>A document is of the type that its view says. Nothing has to be looked for in it, or written to it, to know that.</summary>
    private sealed class NoDiscriminator : IDiscriminatorConvention
    {
        public string ElementName => "_t";

        public Type GetActualType(IBsonReader bsonReader, Type nominalType) => nominalType;

        public BsonValue? GetDiscriminator(Type nominalType, Type actualType) => null;
    }
}
