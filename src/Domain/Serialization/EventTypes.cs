using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orderly.Domain.EventStore;

namespace Orderly.Domain.Serialization;

/// <summary>What became of reading an event: one of the nested cases.</summary>
public abstract record DecodedEvent
{
    private DecodedEvent()
    {
    }

    /// <summary>The event, in its newest shape.</summary>
    public sealed record Known(object Event) : DecodedEvent;

    /// <summary>No type of this name, in any version, is registered here.</summary>
    public sealed record UnknownType(string Type) : DecodedEvent;

    /// <summary>A newer version than this program knows: a newer program wrote it.</summary>
    public sealed record TooNew(string Type, int NewestKnown) : DecodedEvent;

    /// <summary>The bytes are not what the type says, or not what was written.</summary>
    public sealed record Unreadable(string Type, string Reason) : DecodedEvent;

    /// <summary>One line for a log or a problem.</summary>
    public string Describe() => this switch
    {
        UnknownType unknown => $"unknown event type '{unknown.Type}'",
        TooNew tooNew => $"event type '{tooNew.Type}' is newer than the newest known version {tooNew.NewestKnown}",
        Unreadable unreadable => $"unreadable '{unreadable.Type}': {unreadable.Reason}",
        _ => "readable",
    };
}

/// <summary>
/// The one registry of event types: stable names to and from CLR types, and how older versions become the newest one.
/// Names outlive the classes, so renaming a class never changes the log.
/// </summary>
public sealed class EventTypes
{
    private readonly FrozenDictionary<string, Reader> _readers;
    private readonly FrozenDictionary<Type, Writer> _writers;
    private readonly FrozenDictionary<string, int> _newestVersions;

    private EventTypes(Builder builder)
    {
        _readers = builder.Readers.ToFrozenDictionary(StringComparer.Ordinal);
        _writers = builder.Writers.ToFrozenDictionary();
        Shapes = builder.Shapes.ToFrozenDictionary(StringComparer.Ordinal);
        _newestVersions = builder.Readers.Keys.Select(SplitName).GroupBy(name => name.Name)
            .ToFrozenDictionary(group => group.Key, group => group.Max(name => name.Version), StringComparer.Ordinal);
    }

    internal delegate object Reader(ReadOnlySpan<byte> data);

    internal sealed record Writer(string Type, int Version, JsonTypeInfo Json);

    /// <summary>All registered names, older versions too, in no particular order.</summary>
    public IEnumerable<string> Names => _readers.Keys;

    /// <summary>How the JSON of each registered name is read, older versions too.</summary>
    public IReadOnlyDictionary<string, JsonTypeInfo> Shapes { get; }

    /// <summary>The CLR types that can be written, each with its name.</summary>
    public IEnumerable<KeyValuePair<Type, string>> Current => _writers.Select(writer => KeyValuePair.Create(writer.Key, writer.Value.Type));

    /// <summary>Builds a registry.</summary>
    /// <exception cref="IncompleteException">A name or CLR type is registered twice, or a name is not <c>lower-case.vN</c>.</exception>
    public static EventTypes Build(Action<Builder> register)
    {
        var builder = new Builder();
        register(builder);
        return new EventTypes(builder);
    }

    /// <summary>The events among these types, as the <see cref="IEventNames"/> among them name them.</summary>
    /// <exception cref="IncompleteException">An event has no name, or JSON that reads less strictly than the log's.</exception>
    public static EventTypes Of(IEnumerable<Type> all)
    {
        var concrete = all.Where(type => type is { IsClass: true, IsAbstract: false }).ToList();
        var types = Build(builder =>
        {
            foreach (var names in concrete.Where(type => type.IsAssignableTo(typeof(IEventNames))))
            {
                ((IEventNames)Activator.CreateInstance(names)!).AddTo(builder);
            }
        });
        return concrete.Find(type => type.IsAssignableTo(typeof(IEvent)) && !types._writers.ContainsKey(type)) is { } nameless
            ? throw new IncompleteException(
                $"The event {nameless.Name} has no name in the log. Add it to the {nameof(IEventNames)} of its aggregate.")
            : types.Shapes.FirstOrDefault(shape => !IsStrict(shape.Value.Options)) is { Key: { } lax }
                ? throw new IncompleteException(
                    $"The JSON of '{lax}' has not the options of the log, which {nameof(IEventNames)} lists.")
                : types;
    }

    /// <summary>Serialises an event with its metadata.</summary>
    /// <exception cref="ArgumentException">The event's type is not registered.</exception>
    public NewEvent Encode(Guid id, object @event, Func<int, EventMetadata> metadata)
    {
        if (!_writers.TryGetValue(@event.GetType(), out var writer))
        {
            throw new ArgumentException($"{@event.GetType()} is not a registered event type.", nameof(@event));
        }

        return new NewEvent(
            id, writer.Type, JsonSerializer.SerializeToUtf8Bytes(@event, writer.Json),
            JsonSerializer.SerializeToUtf8Bytes(metadata(writer.Version), EventMetadataJson.Default.EventMetadata));
    }

    /// <summary>Reads an event's data. Never throws for what the log holds.</summary>
    public DecodedEvent Decode(RecordedEvent recorded)
    {
        if (recorded.Damage is { } damage)
        {
            return new DecodedEvent.Unreadable(recorded.Type, damage);
        }

        if (!_readers.TryGetValue(recorded.Type, out var read))
        {
            return TrySplitName(recorded.Type, out var name, out _) && _newestVersions.TryGetValue(name, out var newest)
                ? new DecodedEvent.TooNew(recorded.Type, newest)
                : new DecodedEvent.UnknownType(recorded.Type);
        }

        try
        {
            return new DecodedEvent.Known(read(recorded.Data.Span));
        }
        catch (JsonException e)
        {
            return new DecodedEvent.Unreadable(recorded.Type, e.Message);
        }
    }

    /// <summary>Reads an event's metadata; null when it has none that can be read, or is damaged.</summary>
    public static EventMetadata? DecodeMetadata(RecordedEvent recorded)
    {
        try
        {
            return recorded.Metadata.IsEmpty || recorded.Damage is not null
                ? null
                : JsonSerializer.Deserialize(recorded.Metadata.Span, EventMetadataJson.Default.EventMetadata);
        }
        catch (JsonException)
        {
            // Metadata written by somebody else: there is nothing in it for us, and the event itself can still be read.
            return null;
        }
    }

    private static bool IsStrict(JsonSerializerOptions options)
        => options is
        {
            NumberHandling: JsonNumberHandling.Strict, RespectNullableAnnotations: true, RespectRequiredConstructorParameters: true,
            PropertyNameCaseInsensitive: true,
        } && options.PropertyNamingPolicy == JsonNamingPolicy.CamelCase;

    private static (string Name, int Version) SplitName(string type)
        => TrySplitName(type, out var name, out var version)
            ? (name, version)
            : throw new IncompleteException(
                $"'{type}' is no name of an event. It is lower-case and has a version, such as 'order-placed.v1'.");

    private static bool TrySplitName(string type, [NotNullWhen(true)] out string? name, out int version)
    {
        (name, version) = (null, 0);
        var dot = type.LastIndexOf(".v", StringComparison.Ordinal);
        if (dot <= 0 || !int.TryParse(type.AsSpan(dot + 2), NumberStyles.None, CultureInfo.InvariantCulture, out version) || version < 1)
        {
            return false;
        }

        name = type[..dot];
        return name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    }

    /// <summary>Collects the registrations of a registry.</summary>
    public sealed class Builder
    {
        internal Dictionary<string, Reader> Readers { get; } = new(StringComparer.Ordinal);

        internal Dictionary<Type, Writer> Writers { get; } = [];

        internal Dictionary<string, JsonTypeInfo> Shapes { get; } = [];

        /// <summary>Registers the newest version of an event: it is read and written under this name.</summary>
        public Builder Add<T>(string type, JsonTypeInfo<T> json)
            where T : notnull
        {
            return Writers.TryAdd(typeof(T), new Writer(type, SplitName(type).Version, json))
                ? AddReader(type, json, data => Read(data, json))
                : throw new IncompleteException(
                    $"The event {typeof(T).Name} has two names, '{Writers[typeof(T)].Type}' and '{type}'. It is written under one.");
        }

        /// <summary>Registers an older version, read only, with its upcaster to the next or the newest one.</summary>
        public Builder AddOld<TOld>(string type, JsonTypeInfo<TOld> json, Func<TOld, object> upcast)
            where TOld : notnull
        {
            SplitName(type);
            return AddReader(type, json, data => upcast(Read(data, json)));
        }

        private Builder AddReader(string type, JsonTypeInfo json, Reader read)
        {
            if (!Readers.TryAdd(type, read))
            {
                throw new IncompleteException(
                    $"The name '{type}' is given to two events. An older version keeps its name; the newest has the next one.");
            }

            Shapes.Add(type, json);
            return this;
        }

        private static T Read<T>(ReadOnlySpan<byte> data, JsonTypeInfo<T> json)
            where T : notnull
            => JsonSerializer.Deserialize(data, json) ?? throw new JsonException("The event is null.");
    }
}
