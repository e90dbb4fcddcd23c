using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;

namespace MlOps.Api.Tests.Http;

/// <summary>HEAD is GET without a body (RFC 9110, 9.3.2), wherever there is a GET.</summary>
public sealed class HeadTests : ApiTest
{
    [Theory]
    [InlineData("/api/v1/models")]
    [InlineData("/api/v1/models/nothing")]
    [InlineData("/api/2.0/mlflow/experiments/get?experiment_id=0")]
    [InlineData("/v2/models/nothing")]
    [InlineData("/v1/models/nothing")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/metrics")]
    public async Task Head_OfWhatCanBeRead_IsItsGetWithoutABody(string path)
    {
        ApiAnswer get = await Api.GetAsync(path), head = await Api.SendAsync(HttpMethod.Head, path);

        Assert.Equal((get.Status, get.ContentType, ""), (head.Status, head.ContentType, head.Body));
    }

    [Fact]
    public async Task Head_OfAFile_TellsItsLengthAndReadsNothing()
    {
        var http = new DefaultHttpContext { Request = { Method = HttpMethods.Head } };
        var file = new UnreadStream(1L << 40);

        await new ApiCall(http, new ApiOptions(), 0).FileAsync(file, "large.bin");

        Assert.Equal((1L << 40, 200), (http.Response.ContentLength, http.Response.StatusCode));
        Assert.True(file.IsClosed);
    }

    [Fact]
    public async Task Head_OfAnArtifact_TellsItsLength()
    {
        const string path = "/api/2.0/mlflow-artifacts/artifacts/some/file.txt";
        await Api.SendAsync(HttpMethod.Put, path, new StringContent("12345"));

        using HttpResponseMessage head = await Api.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal((200, 5L, ""), ((int)head.StatusCode, head.Content.Headers.ContentLength, await head.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Head_OfWhatIsOnlyWritten_IsRefused() => Assert.Equal(405, (await Api.SendAsync(HttpMethod.Head, "/predict")).Status);

    [Fact]
    public async Task Get_UnderAnotherMethod_NamesHeadToo() =>
        Assert.Contains("takes GET, HEAD", (await Api.PostAsync("/api/v1/endpoints", new { })).Body, StringComparison.Ordinal);

    private sealed class UnreadStream(long length) : Stream
    {
        public bool IsClosed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("read");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
