using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MlOps.Bench.Serving;

/// <summary>What ASP.NET Core itself costs: a route that reads the body from the pipe and writes it back as JSON, with the runtime settings of our own command. Arguments: URL [inplace: requests are answered on the thread that waits for sockets, as ours on one processor].</summary>
internal static class EchoServer
{
    public static async Task RunAsync(string[] args)
    {
        // As our own command does it, before the first thread of the pool and the first socket.
        if (Environment.ProcessorCount == 1)
        {
            AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
            Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (args.Contains("inplace"))
            builder.WebHost.UseSockets(transport => transport.UnsafePreferInlineScheduling = true);
        await using WebApplication app = builder.Build();
        app.MapPost("/predict", EchoAsync);
        app.MapGet("/ping", () => Results.Ok());
        await app.RunAsync(args[0]);
    }

    private static async Task EchoAsync(HttpContext http)
    {
        PipeReader body = http.Request.BodyReader;
        ReadResult read = await body.ReadAsync(http.RequestAborted);
        while (!read.IsCompleted)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await body.ReadAsync(http.RequestAborted);
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = read.Buffer.Length;
        foreach (ReadOnlyMemory<byte> part in read.Buffer)
            await http.Response.BodyWriter.WriteAsync(part, http.RequestAborted);
        body.AdvanceTo(read.Buffer.End);
    }
}
