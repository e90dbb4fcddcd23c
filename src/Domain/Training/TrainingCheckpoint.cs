using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Datasets;
using MlOps.Domain.Workflows;
using MlOps.Learning.Metrics;

namespace MlOps.Domain.Training;

/// <summary>How far a training has come: what is needed to go on in another process.</summary>
/// <param name="Folds">Metrics of the folds that are done.</param>
/// <param name="Fit">The state of the fit after them, which its trainer reads; empty when it has not begun.</param>
internal sealed record TrainingCheckpoint(IReadOnlyList<MetricSet> Folds, ReadOnlyMemory<byte> Fit)
{
    public static readonly TrainingCheckpoint Begin = new([], default);

    private const int Prologue = SHA256.HashSizeInBytes + sizeof(int);

    /// <summary>SHA-256 of the rest, the length of a JSON header, the header, the fit.</summary>
    /// <param name="identity">See <see cref="Identity"/>.</param>
    public byte[] Write(string identity)
    {
        byte[] header = Encoding.UTF8.GetBytes(WorkflowJson.Write(new Header(identity, Folds)));
        var file = new byte[Prologue + header.Length + Fit.Length];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(SHA256.HashSizeInBytes), header.Length);
        header.CopyTo(file, Prologue);
        Fit.CopyTo(file.AsMemory(Prologue + header.Length));
        SHA256.HashData(file.AsSpan(SHA256.HashSizeInBytes), file);
        return file;
    }

    /// <summary>Null when the file is damaged or of another training: then that begins anew.</summary>
    public static TrainingCheckpoint? Read(ReadOnlyMemory<byte> file, string identity)
    {
        if (file.Length < Prologue || !SHA256.HashData(file.Span[SHA256.HashSizeInBytes..]).AsSpan().SequenceEqual(file.Span[..SHA256.HashSizeInBytes]))
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(file.Span[SHA256.HashSizeInBytes..]);
        if (length < 0 || length > file.Length - Prologue)
            return null;
        try
        {
            Header? header = JsonSerializer.Deserialize<Header>(file.Span.Slice(Prologue, length), WorkflowJson.Options);
            return header?.Identity == identity ? new(header.Folds, file[(Prologue + length)..]) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Digest of all that a training follows from, the version of this program included: another one may fit otherwise.</summary>
    public static string Identity(TrainingJob job, DatasetVersion data, DataSplit split)
    {
        string all = WorkflowJson.Write(new
        {
            job.Trainer,
            Spec = job.Spec with { Threads = 0 },
            job.Split,
            job.CodeVersion,
            Data = data.Digest,
            Rows = split.Digest(),
        });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    private sealed record Header(string Identity, IReadOnlyList<MetricSet> Folds);
}
