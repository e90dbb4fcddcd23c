using System.Buffers;
using System.Text;
using MlOps.Learning.Importing.Documents;

namespace MlOps.Learning.Importing;

/// <summary>Files that people bring and that are not read: what they are, why not, and the way that works.</summary>
internal static class ForeignFiles
{
    private const string Export =
        "In the Python that wrote it, export the model: XGBoost model.save_model('model.json'), LightGBM booster.save_model('model.txt'), "
        + "CatBoost model.save_model('model.json', format='json'), scikit-learn skl2onnx.to_onnx(model, X[:1]) (docs/importing.md)";

    private const string Pickle = "it is a Python pickle (joblib and cloudpickle write those too): a program that runs while it is read, so it is never opened here. " + Export;

    private static readonly SearchValues<byte> NameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."u8);

    private static readonly (byte[] Begin, string Why)[] Kinds =
    [
        ([0x80, 0x02], Pickle), ([0x80, 0x03], Pickle), ([0x80, 0x04], Pickle), ([0x80, 0x05], Pickle),
        ("(dp"u8.ToArray(), Pickle), ("(lp"u8.ToArray(), Pickle), ([(byte)'}', (byte)'q', 0], Pickle), ([(byte)']', (byte)'q', 0], Pickle),
        ("PK\u0003\u0004"u8.ToArray(), "it is a ZIP archive (skops, PyTorch, Keras, H2O MOJO, or several files packed together): unpack it, or export the model to ONNX"),
        ([0x1F, 0x8B], Compressed("gzip")), ("BZh"u8.ToArray(), Compressed("bzip2")),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], Compressed("xz")), ([0x5D, 0, 0], Compressed("lzma")),
        ([0x78, 0x01], Compressed("zlib")), ([0x78, 0x5E], Compressed("zlib")), ([0x78, 0x9C], Compressed("zlib")), ([0x78, 0xDA], Compressed("zlib")),
        ("CBM1"u8.ToArray(), "it is CatBoost's binary format: save it with model.save_model('model.json', format='json')"),
        ("binf"u8.ToArray(), "it is XGBoost's old binary format, which newer XGBoosts do not read either: load it with a version before 3.1 and save it as .json or .ubj"),
        ([0x89, (byte)'H', (byte)'D', (byte)'F'], "it is an HDF5 file (Keras): export the model to ONNX with tf2onnx"),
        ("<?xml"u8.ToArray(), "it is XML (PMML is not read): export the model to ONNX, or to the format of its own library"),
    ];

    public static MlOpsException Refuse(ReadOnlySpan<byte> file)
    {
        foreach ((byte[] begin, string why) in Kinds)
        {
            if (file.StartsWith(begin))
                return Format(why);
        }

        if (IsOldPickle(file))
            return Format(Pickle);
        if (Json.Begins(file))
            return Format("it is JSON of no model that is known (of LightGBM, dump_model writes such: save it with booster.save_model('model.txt'); an MLmodel folder has its model in a file of its own)");
        return Format(file.IsEmpty ? "it is empty" : $"it begins with '{Printable(file)}'");
    }

    /// <summary>joblib compresses its pickles in each of these ways.</summary>
    private static string Compressed(string how) =>
        $"it is compressed with {how}: unpack it first; when a pickle is inside (joblib with compress=), which is a program that runs while it is read, export the model instead. {Export}";

    /// <summary>Protocols 0 and 1 have no mark of their own: a class's module and name, each a line, then what remembers it or begins its arguments.</summary>
    private static bool IsOldPickle(ReadOnlySpan<byte> file)
    {
        if (file is not [(byte)'c', .. var rest] || !IsName(ref rest) || !IsName(ref rest))
            return false;
        return rest is [(byte)'(', ..] or [(byte)'q', ..] or [(byte)'p', >= (byte)'0' and <= (byte)'9', ..];
    }

    /// <summary>Takes a line of letters, digits, dots and underscores off.</summary>
    private static bool IsName(ref ReadOnlySpan<byte> file)
    {
        int end = file.IndexOf((byte)'\n');
        if (end < 1 || file[..end].ContainsAnyExcept(NameLetters))
            return false;
        file = file[(end + 1)..];
        return true;
    }

    private static MlOpsException Format(string why) =>
        MlOpsException.Invalid("model-import-format", $"this is no model file that can be imported: {why}. What is read: {string.Join(", ", ModelImporter.Formats)}");

    private static string Printable(ReadOnlySpan<byte> file)
    {
        var text = new StringBuilder();
        foreach (byte b in file[..Math.Min(12, file.Length)])
            text.Append(b is > 31 and < 127 ? (char)b : '.');
        return text.ToString();
    }
}
