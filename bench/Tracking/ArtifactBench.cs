using System.Diagnostics;

namespace MlOps.Bench.Tracking;

/// <summary>A file of 1 GB through the artifact proxy, up and down, and what memory the server took for it.</summary>
internal sealed class ArtifactBench(TrackingPlace place)
{
    private const long Bytes = 1_000_000_000;
    private const string Path = "/api/2.0/mlflow-artifacts/artifacts/bench/file.bin";

    public async Task RunAsync()
    {
        Console.WriteLine("| 1 GB | server | MB/s | CPU s | resident before, MB | at most, MB |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|");
        await MeasureAsync("mlops", place.Ours);
        if (place.HasPeer)
            await MeasureAsync("MLflow", place.Peer);
        Console.WriteLine();
    }

    private async Task MeasureAsync(string name, Func<string, TrackedServer> start)
    {
        string data = place.NewData();
        using (TrackedServer server = start(data))
        {
            using var client = new TrackingClient(server.Url);
            await server.AnsweredAsync(client);
            await SayAsync("up", name, server, () => client.UploadAsync(Path, new Noise(Bytes)));
            await SayAsync("down", name, server, async () =>
            {
                if (await client.DownloadAsync(Path) != Bytes)
                    throw new InvalidDataException("another length came back");
            });
        }

        place.Remove(data);
    }

    private static async Task SayAsync(string what, string name, TrackedServer server, Func<Task> act)
    {
        double before = server.ResidentMegabytes();
        double cpu = server.CpuSeconds();
        var watch = Stopwatch.StartNew();
        await act();
        double seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine(FormattableString.Invariant($"| {what} | {name} | {Bytes / 1e6 / seconds:0} | {server.CpuSeconds() - cpu:0.00} | {before:0} | {server.PeakMegabytes():0} |"));
    }

    /// <summary>A megabyte that cannot be compressed, again and again.</summary>
    private sealed class Noise(long length) : Stream
    {
        private readonly byte[] _bytes = Made();
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int from = (int)(_at % _bytes.Length);
            int read = (int)Math.Min(Math.Min(count, _bytes.Length - from), length - _at);
            _bytes.AsSpan(from, read).CopyTo(buffer.AsSpan(offset));
            _at += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static byte[] Made()
        {
            byte[] bytes = new byte[1 << 20];
            new Random(1).NextBytes(bytes);
            return bytes;
        }
    }
}
