using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>A graph in a model file: the imported file as it came, with the signature that the import made.</summary>
internal sealed class OnnxModelFormat : IModelFormat
{
    public const string Name = "onnx";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, byte[] file) => new ModelContent(header).Add<byte>("graph", file);

    public IModel Read(ModelContent content)
    {
        byte[] file = content.Get<byte>("graph");
        try
        {
            OnnxGraph graph = OnnxReader.Read(file);
            return new OnnxModel(content.Header, file, new OnnxProgram(graph, OnnxOutput.Of(graph).Value), new OnnxInputs(graph, content.Header.Signature.Inputs.Count));
        }
        catch (MlOpsException e) when (e.Code != "model-file")
        {
            // It could be read when it was imported.
            throw ModelFile.Damaged($"the graph in it {e.Message}");
        }
    }
}
