using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>A graph of operators, run block by block as it stands; the file is the model.</summary>
internal sealed class OnnxModel : IModel, IBlockScored
{
    private readonly ModelHeader _header;
    private readonly byte[] _file;
    private readonly OnnxProgram _program;
    private readonly OnnxInputs _inputs;
    private readonly InputBinder _binder;
    private readonly RowBlocks _blocks;

    public OnnxModel(ModelHeader header, byte[] file, OnnxProgram program, OnnxInputs inputs)
    {
        (_header, _file, _program, _inputs) = (header, file, program, inputs);
        (_binder, _blocks) = (new InputBinder(header.Signature.Inputs), new RowBlocks(header.Signature));
    }

    public ModelSignature Signature => _header.Signature;

    public string Trainer => _header.Trainer;

    public IReadOnlyList<FeatureImportance> Importance => [];

    public long? HeldBytes => MemorySize.Object(56) + MemorySize.Of(_header) + MemorySize.Array(_file) + _binder.HeldBytes + _program.HeldBytes;

    public Predictions Score(Table rows) => _blocks.Score(_binder.Bind(rows), ScoreBlock);

    public void Save(Stream destination) => ModelFile.Write(OnnxModelFormat.Content(_header, _file), destination);

    public void ScoreBlock(ReadOnlySpan<double> rows, Span<double> scores)
    {
        OnnxTensor result = _program.Run(_inputs.Tensors(rows, Signature.Inputs));
        int columns = scores.Length == 0 ? 1 : result.Count / (rows.Length / _inputs.Count);
        int outputs = scores.Length / (rows.Length / _inputs.Count);
        if (columns != outputs && !(columns == 2 && outputs == 1))
            throw MlOpsException.Invalid("model-input", $"the graph gave {columns} scores a row, {outputs} were expected: its result depends on the number of rows");

        // Of two probabilities the second is kept.
        for (int i = 0; i < scores.Length; i++)
            scores[i] = columns == outputs ? result.Numbers[i] : result.Numbers[(2 * i) + 1];
    }
}
