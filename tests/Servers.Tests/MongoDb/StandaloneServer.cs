using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MongoDB.Bson;

namespace Orderly.Servers.Tests.MongoDb;

/// <summary>
/// A server that answers every command as a MongoDB that is no member of a replica set answers <c>hello</c>. It speaks as much of the
/// wire protocol as a driver needs to find that out.
/// </summary>
internal sealed class StandaloneServer : IAsyncDisposable
{
    private const int HeaderLength = 16;
    private const int OpReply = 1;
    private const int OpQuery = 2004;
    private const int OpMsg = 2013;

    private static readonly byte[] s_hello = new BsonDocument
    {
        { "helloOk", true }, { "ismaster", true }, { "isWritablePrimary", true }, { "minWireVersion", 0 }, { "maxWireVersion", 21 },
        { "maxBsonObjectSize", 16 * 1024 * 1024 }, { "maxMessageSizeBytes", 48_000_000 }, { "maxWriteBatchSize", 100_000 }, { "ok", 1.0 },
    }.ToBson();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public StandaloneServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string ConnectionString => $"mongodb://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/orderly";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var disposing = client;
        var stream = client.GetStream();
        var header = new byte[HeaderLength];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(header, _stop.Token);
                await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32LittleEndian(header) - HeaderLength], _stop.Token);
                await stream.WriteAsync(AnswerTo(header), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // One of the two has gone.
        }
    }

    /// <summary>The answer in the form of the question: OP_QUERY, with which a driver begins, or OP_MSG.</summary>
    private static byte[] AnswerTo(byte[] header)
    {
        var isQuery = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12)) == OpQuery;

        // Flags, and then a cursor and one document in the one form, a section of one document in the other.
        byte[] body = isQuery ? [8, .. new byte[15], 1, 0, 0, 0, .. s_hello] : [.. new byte[5], .. s_hello];
        var answer = new byte[HeaderLength + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(answer, answer.Length);
        header.AsSpan(4, 4).CopyTo(answer.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(answer.AsSpan(12), isQuery ? OpReply : OpMsg);
        body.CopyTo(answer, HeaderLength);
        return answer;
    }
}
