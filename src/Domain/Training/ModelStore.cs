using System.Security.Cryptography;
using MlOps.Domain.Storage;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>A stored model: SHA-256 of its file (64 lower-case hexadecimal digits), and its bytes.</summary>
public sealed record ModelRef(string Digest, long Size);

/// <summary>
/// Model files by content in the container <c>models</c>, path <c>[two digits]/[digest]</c>: equal models are one blob, and a reference
/// never changes what it points to.
/// </summary>
/// <param name="formats">Model formats of other assemblies, besides those Learning reads.</param>
public sealed class ModelStore(IBlobStore blobs, IReadOnlyList<IModelFormat>? formats = null)
{
    public const string Container = "models";

    /// <summary>Stores the model. One that is there already is written again: from then on it is young, and nobody takes it for one that nobody refers to.</summary>
    public async Task<ModelRef> SaveAsync(IModel model, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        model.Save(file);
        var reference = new ModelRef(Convert.ToHexStringLower(SHA256.HashData(file.GetBuffer().AsSpan(0, (int)file.Length))), file.Length);
        file.Position = 0;
        await blobs.WriteAsync(Container, PathOf(reference.Digest), file, BlobWriteOptions.Default, cancellationToken);
        return reference;
    }

    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>; Invalid <c>model-file</c> when the stored bytes are damaged.</exception>
    public async Task<IModel> LoadAsync(ModelRef reference, CancellationToken cancellationToken)
    {
        await using Stream stored = await OpenAsync(reference, cancellationToken);
        if ((stored as BlobContentStream)?.Map() is not { } mapped)
            return Load(reference, await ReadAsync(stored, reference.Size, cancellationToken));
        IModel model = Load(reference, mapped.Memory);
        GC.KeepAlive(mapped);
        return model;
    }

    /// <summary>The model file as it is stored.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<Stream> OpenAsync(ModelRef reference, CancellationToken cancellationToken)
    {
        try
        {
            return await blobs.OpenReadAsync(Container, PathOf(reference.Digest), null, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-missing")
        {
            throw MlOpsException.NotFound("model-missing", $"there is no model file with the digest '{reference.Digest}': it was never stored here, or it was removed");
        }
    }

    /// <summary>As <see cref="OpenAsync"/>, for a caller far away.</summary>
    /// <param name="fileName">What a browser saves it as.</param>
    public async Task<Download> DownloadAsync(ModelRef reference, string fileName, CancellationToken cancellationToken) => await Download.OfAsync(
        await OpenAsync(reference, cancellationToken), () => blobs.DownloadUrlAsync(Container, PathOf(reference.Digest), Download.Lifetime, fileName, cancellationToken));

    private IModel Load(ModelRef reference, ReadOnlyMemory<byte> file)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(file.Span));
        return digest == reference.Digest
            ? ModelFile.Load(file, formats)
            : throw MlOpsException.Invalid("model-file", $"the stored model {reference.Digest} is damaged: its {file.Length} bytes have the digest {digest}; train it again or restore a backup");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stored, long size, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream((int)Math.Clamp(size, 0, Array.MaxLength));
        await stored.CopyToAsync(file, cancellationToken);
        return file.GetBuffer().AsMemory(0, (int)file.Length);
    }

    private static string PathOf(string digest) => digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)
        ? $"{digest[..2]}/{digest}"
        : throw MlOpsException.NotFound("model-missing", $"'{digest}' is no model digest: it takes 64 lower-case hexadecimal digits");
}
