using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using Orderly.ReadModels.ViewStore;

namespace Orderly.Storage.MongoDb;

/// <summary>A document on one level: <c>_id</c>, <c>_position</c>, then the document's own fields.</summary>
internal sealed class StoredDocumentSerializer<TDocument> : SealedClassSerializerBase<StoredDocument<TDocument>>
    where TDocument : class
{
    public const string Position = "_position";

    private readonly BsonClassMapSerializer<TDocument> _documents;
    private readonly BsonMemberMap[] _members;

    public StoredDocumentSerializer()
    {
        var map = DocumentSerialization.MapOf<TDocument>();
        (_documents, _members) = (new BsonClassMapSerializer<TDocument>(map), [.. map.AllMemberMaps]);
    }

    protected override void SerializeValue(BsonSerializationContext context, BsonSerializationArgs args, StoredDocument<TDocument> value)
    {
        var writer = context.Writer;
        writer.WriteStartDocument();
        writer.WriteName(RecordIds.Id);
        writer.WriteString(value.Id);
        writer.WriteName(Position);
        writer.WriteInt64(value.Position);
        foreach (var member in _members)
        {
            writer.WriteName(member.ElementName);
            member.GetSerializer().Serialize(context, member.Getter(value.Value));
        }

        writer.WriteEndDocument();
    }

    protected override StoredDocument<TDocument> DeserializeValue(BsonDeserializationContext context, BsonDeserializationArgs args)
    {
        // The class map reads all of it once more and passes over these two.
        var reader = context.Reader;
        var start = reader.GetBookmark();
        reader.ReadStartDocument();
        var id = reader.ReadString(RecordIds.Id);
        var position = reader.ReadInt64(Position);
        reader.ReturnToBookmark(start);
        return new StoredDocument<TDocument>(id, position, _documents.DeserializeClass(context));
    }
}
