using System.IO.Compression;
using Microsoft.ML;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet;

/// <summary>ML.NET's model archive, without what differs between equal models: times, order and compression of entries.</summary>
internal static class ModelZip
{
    /// <summary>The earliest time a zip archive can hold.</summary>
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Save(MLContext ml, ITransformer model)
    {
        using var raw = new MemoryStream();
        ml.Model.Save(model, inputSchema: null, raw);
        raw.Position = 0;
        return Normalise(raw);
    }

    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: ML.NET cannot make a model of it.</exception>
    public static ITransformer Load(byte[] zip)
    {
        try
        {
            using var stream = new MemoryStream(zip, writable: false);
            return MlContexts.ForLoad().Model.Load(stream, out _);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or InvalidOperationException or ArgumentException or IOException)
        {
            throw ModelFile.Damaged($"ML.NET cannot read its model ({e.Message})");
        }
    }

    private static byte[] Normalise(Stream raw)
    {
        using var normal = new MemoryStream();
        using (var source = new ZipArchive(raw, ZipArchiveMode.Read))
        using (var destination = new ZipArchive(normal, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in source.Entries.OrderBy(e => e.FullName, StringComparer.Ordinal))
                Copy(entry, destination);
        }

        return normal.ToArray();
    }

    private static void Copy(ZipArchiveEntry entry, ZipArchive destination)
    {
        ZipArchiveEntry copy = destination.CreateEntry(entry.FullName, CompressionLevel.NoCompression);
        copy.LastWriteTime = NoTime;
        using Stream from = entry.Open();
        using Stream to = copy.Open();
        from.CopyTo(to);
    }
}
