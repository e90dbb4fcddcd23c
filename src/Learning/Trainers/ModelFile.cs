using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Learning.Importing.Onnx;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Trainers;

/// <summary>
/// The model file, little-endian: 8 bytes magic <c>MLOPSMDL</c>, uint32 format version, uint32 length of the header, the header (UTF-8 JSON,
/// padded with blanks), the sections each at a multiple of 64 bytes from the end of the header, and SHA-256 of all before it.
/// It holds no time and no machine, so that equal models are equal files.
/// </summary>
public static class ModelFile
{
    /// <summary>The format this version writes; older ones stay readable.</summary>
    public const int FormatVersion = 1;

    private const int Prologue = 16;
    private const int Alignment = 64;

    private static readonly IModelFormat[] Formats = [new TreeModelFormat(), new LinearModelFormat(), new OnnxModelFormat()];

    private static ReadOnlySpan<byte> Magic => "MLOPSMDL"u8;

    public static void Save(IModel model, Stream destination) => model.Save(destination);

    /// <summary>Writes a model's content; what <see cref="IModel.Save"/> of every model calls.</summary>
    public static void Write(ModelContent content, Stream destination)
    {
        byte[] file = Layout(content);
        SHA256.HashData(file.AsSpan(..^SHA256.HashSizeInBytes), file.AsSpan(^SHA256.HashSizeInBytes..));
        destination.Write(file);
    }

    /// <summary>Whether a file begins as a model file does.</summary>
    public static bool IsOne(ReadOnlySpan<byte> file) => file.StartsWith(Magic);

    /// <summary>Reads to the end of the stream.</summary>
    /// <param name="more">Formats of other assemblies, besides those built in.</param>
    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: no model file, damaged, of a newer format or of an unknown kind.</exception>
    public static IModel Load(Stream source, IEnumerable<IModelFormat>? more = null)
    {
        using var copy = new MemoryStream(source.CanSeek ? (int)Math.Clamp(source.Length - source.Position, 0, Array.MaxLength) : 0);
        source.CopyTo(copy);
        return Load(copy.GetBuffer().AsMemory(0, (int)copy.Length), more);
    }

    /// <inheritdoc cref="Load(Stream, IEnumerable{IModelFormat}?)"/>
    public static IModel Load(ReadOnlyMemory<byte> file, IEnumerable<IModelFormat>? more = null)
    {
        ModelContent content = Read(file);
        string kind = content.Header.Kind;
        IModelFormat[] known = [.. Formats, .. more ?? []];
        return (known.FirstOrDefault(f => f.Kind == kind) ?? throw Unknown(kind, known)).Read(content);
    }

    /// <summary>The header and sections of a checked file, without building the model.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-file</c>.</exception>
    public static ModelContent Read(ReadOnlyMemory<byte> file)
    {
        int headerLength = CheckFrame(file.Span);
        ModelFileHeader header = ParseHeader(file.Span.Slice(Prologue, headerLength));
        var content = new ModelContent(header.Model);
        ReadOnlyMemory<byte> body = file[(Prologue + headerLength)..^SHA256.HashSizeInBytes];
        foreach (ModelSection section in header.Sections)
        {
            if (section.Offset < 0 || section.Bytes < 0 || section.Offset > body.Length - section.Bytes)
                throw Damaged($"section '{section.Name}' lies outside of it");
            content.AddRaw(section, body.Slice((int)section.Offset, (int)section.Bytes));
        }

        return content;
    }

    internal static MlOpsException Damaged(string why) =>
        Invalid($"the model file is damaged: {why}; fetch or train the model again");

    private static MlOpsException Unknown(string kind, IModelFormat[] known)
    {
        string package = kind == "mlnet" ? "; models of ML.NET need the package MlOps.MlNet, which this host does not have" : "";
        return Invalid($"the model file is of kind '{kind}', which this version cannot read; it reads: {string.Join(", ", known.Select(f => f.Kind))}{package}");
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("model-file", message);

    private static byte[] Layout(ModelContent content)
    {
        var sections = new List<ModelSection>();
        long end = 0;
        foreach ((string name, string type, ReadOnlyMemory<byte> bytes) in content.Sections)
        {
            sections.Add(new ModelSection(name, type, Aligned(end), bytes.Length));
            end = Aligned(end) + bytes.Length;
        }

        byte[] header = PaddedHeader(new ModelFileHeader(content.Header, sections));
        if (Prologue + header.Length + end + SHA256.HashSizeInBytes > Array.MaxLength)
            throw MlOpsException.TooLarge("model-file", $"the model takes {end:N0} bytes, a model file holds {Array.MaxLength:N0}: train a smaller model (fewer trees, leaves or levels)");
        var file = new byte[Prologue + header.Length + end + SHA256.HashSizeInBytes];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(12), header.Length);
        header.CopyTo(file, Prologue);
        for (int i = 0; i < sections.Count; i++)
            content.Sections[i].Bytes.Span.CopyTo(file.AsSpan(Prologue + header.Length + (int)sections[i].Offset));
        return file;
    }

    /// <summary>The header ends at a multiple of 64 bytes of the file, so that mapped sections are aligned.</summary>
    private static byte[] PaddedHeader(ModelFileHeader header)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, ModelHeader.Json);
        var padded = new byte[Aligned(Prologue + json.Length) - Prologue];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded, 0);
        return padded;
    }

    private static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    /// <returns>The header's length.</returns>
    private static int CheckFrame(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Magic))
            throw Invalid($"this is not a model file: it begins with '{Printable(file)}', a model file with '{Encoding.ASCII.GetString(Magic)}'");
        if (file.Length < Prologue + SHA256.HashSizeInBytes)
            throw Damaged($"it ends after {file.Length} bytes");
        int version = BinaryPrimitives.ReadInt32LittleEndian(file[8..]);
        if (version is < 1 or > FormatVersion)
            throw Invalid($"the model file has format {version}, this version reads 1 to {FormatVersion}: use a newer version");
        ReadOnlySpan<byte> stored = file[^SHA256.HashSizeInBytes..];
        if (!SHA256.HashData(file[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(stored))
            throw Damaged($"the checksum of its {file.Length} bytes is wrong, so it was cut off or changed");
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(file[12..]);
        return headerLength >= 0 && headerLength <= file.Length - Prologue - SHA256.HashSizeInBytes
            ? headerLength
            : throw Damaged($"its header length is {headerLength}");
    }

    private static ModelFileHeader ParseHeader(ReadOnlySpan<byte> json)
    {
        try
        {
            ModelFileHeader? header = JsonSerializer.Deserialize<ModelFileHeader>(json, ModelHeader.Json);
            return ModelHeaderCheck.Problem(header) is { } problem ? throw Damaged(problem) : WithFacts(header!);
        }
        catch (JsonException e)
        {
            throw Damaged($"its header is no JSON ({e.Message})");
        }
    }

    /// <summary>Facts that no score depends on may lack: a file of another tool's is not worth less for it.</summary>
    private static ModelFileHeader WithFacts(ModelFileHeader header) => header with
    {
        Model = header.Model with
        {
            Parameters = header.Model.Parameters ?? new Dictionary<string, double>(),
            Metadata = header.Model.Metadata ?? new Dictionary<string, double>(),
        },
    };

    private static string Printable(ReadOnlySpan<byte> file) =>
        string.Concat(file[..Math.Min(8, file.Length)].ToArray().Select(b => b is > 31 and < 127 ? ((char)b).ToString() : "."));
}
