using System.Text;
using MlOps.Learning.Importing.Documents;

namespace MlOps.Learning.Importing;

/// <summary>Files that people bring and that are not read: what they are, why not, and the way that works.</summary>
internal static class ForeignFiles
{
    private const string Pickle =
        "it is a Python pickle (joblib and cloudpickle write those too): a program that runs while it is read, so it is never opened here. "
        + "In the Python that wrote it, export the model: XGBoost model.save_model('model.json'), LightGBM booster.save_model('model.txt'), "
        + "CatBoost model.save_model('model.json', format='json'), scikit-learn skl2onnx.to_onnx(model, X[:1]) (docs/importing.md)";

    private static readonly (byte[] Begin, string Why)[] Kinds =
    [
        ([0x80, 0x02], Pickle), ([0x80, 0x03], Pickle), ([0x80, 0x04], Pickle), ([0x80, 0x05], Pickle),
        ("PK\u0003\u0004"u8.ToArray(), "it is a ZIP archive (skops, PyTorch, Keras, H2O MOJO, or several files packed together): unpack it, or export the model to ONNX"),
        ([0x1F, 0x8B], "it is compressed with gzip: unpack it first; when a pickle is inside (joblib with compress=), export the model instead"),
        ([0x78, 0x9C], Pickle.Replace("it is", "it looks like a zlib-compressed joblib file, and what is in it is", StringComparison.Ordinal)),
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

        if (Json.Begins(file))
            return Format("it is JSON of no model that is known (of LightGBM, dump_model writes such: save it with booster.save_model('model.txt'); an MLmodel folder has its model in a file of its own)");
        return Format(file.IsEmpty ? "it is empty" : $"it begins with '{Printable(file)}'");
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
