using System.Text;
using Orderly.Domain.Deciding;
using Orderly.Domain.EventStore;
using Orderly.Domain.Serialization;
using Xunit;
using Xunit.Sdk;

namespace Orderly.Testing;

/// <summary>Writes and reads events as the log does, and checks that what was written comes back.</summary>
internal static class GivenLog
{
    /// <summary>Events as they are appended.</summary>
    /// <param name="number">Tells this event from all others of a scenario; its ids derive from it.</param>
    public static NewEvent Encode(EventTypes types, int number, object @event)
    {
        var context = CommandContext.ForRequest(new Guid(number, 0, 0, new byte[8]), "tester", Scenario.Now);
        EventMetadata MetadataOf(int version)
            => new(context.CorrelationId, context.CausationId, context.CommandId, context.Actor, context.At, version);
        var id = CommandIds.EventId(context, 0);
        if (@event is Written written)
        {
            return new NewEvent(id, written.Type, Encoding.UTF8.GetBytes(written.Json), default);
        }

        CheckRoundTrip(types, @event);
        return types.Encode(id, @event, MetadataOf);
    }

    /// <summary>Events of several streams as the log holds them, at the positions from 1.</summary>
    public static IReadOnlyList<RecordedEvent> Record(EventTypes types, IReadOnlyList<(string Stream, object Event)> events)
    {
        Dictionary<string, long> revisions = new(StringComparer.Ordinal);
        List<RecordedEvent> log = new(events.Count);
        foreach (var (stream, @event) in events)
        {
            var revision = revisions[stream] = revisions.GetValueOrDefault(stream, -1) + 1;
            var (position, e) = (log.Count + 1, Encode(types, log.Count + 1, @event));
            log.Add(new RecordedEvent(e.Id, stream, revision, new LogPosition(position), e.Type, e.Data, e.Metadata, Scenario.Now));
        }

        return log;
    }

    /// <summary>An event as whoever reads the log gets it.</summary>
    public static object Read(EventTypes types, RecordedEvent recorded)
        => types.Decode(recorded) is var decoded && decoded is DecodedEvent.Known known
            ? known.Event
            : throw new XunitException($"An event can't be read: {decoded.Describe()}.");

    /// <summary>An event in one line.</summary>
    public static string Describe(EventTypes types, object @event)
        => @event is Written written ? $"{written.Type} {written.Json}" : Describe(types.Encode(Guid.Empty, @event, NoMetadata));

    /// <inheritdoc cref="Describe(EventTypes, object)"/>
    public static string Describe(NewEvent @event) => $"{@event.Type} {Encoding.UTF8.GetString(@event.Data.Span)}";

    /// <summary>An event with its stream, in one line.</summary>
    public static string Describe(RecordedEvent @event)
        => $"{@event.Stream}: {@event.Type} {Encoding.UTF8.GetString(@event.Data.Span)}";

    /// <summary>Fails when an event is not what it was after it was written and read.</summary>
    public static void CheckRoundTrip(EventTypes types, object @event)
    {
        var written = types.Encode(Guid.Empty, @event, NoMetadata);
        var read = Read(
            types,
            new RecordedEvent(Guid.Empty, "a-1", 0, LogPosition.Start, written.Type, written.Data, written.Metadata, Scenario.Now));
        var what = $"{@event.GetType().Name} is not the same after it was written and read.";
        Difference.AssertNone(what, [Describe(written)], [Describe(types, read)]);
        try
        {
            Assert.Equivalent(@event, read, strict: true);
        }
        catch (Exception e)
        {
            throw Failure.Of($"{what} Its JSON is {Describe(written)}", e);
        }
    }

    private static EventMetadata NoMetadata(int version) => new(Guid.Empty, Guid.Empty, Guid.Empty, "", Scenario.Now, version);
}
