using System.Net.Sockets;
using System.Text;

namespace Orderly.Api.Tests;

/// <summary>Sends what no well-behaved client would.</summary>
internal static class RawHttp
{
    /// <summary>The whole answer; the request has to ask for the connection to be closed.</summary>
    public static async Task<string> SendAsync(Uri address, string request, bool halfClose = false)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        if (halfClose)
        {
            client.Client.Shutdown(SocketShutdown.Send);
        }

        try
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            // The service may also just close such a connection.
            return "";
        }
    }
}
