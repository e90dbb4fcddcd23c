using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing;

/// <summary>Our own model file, from another installation: it says everything itself.</summary>
internal sealed class OwnFormat : IImportFormat
{
    public string Name => "mlops";

    public bool Recognises(ReadOnlySpan<byte> file) => ModelFile.IsOne(file);

    public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options)
    {
        if (options.Features.Count > 0 || options.Classes.Count > 0 || options.Levels.Count > 0 || options.Rounds is not null)
            throw ImportErrors.Option("a model file of MlOps names its inputs, levels, classes and rounds itself: import it without these options");
        IModel model = ModelFile.Load(file);
        if (model is TreeModel { Trees: var trees })
            TreeAssembler.CheckDepth(trees);
        return new ImportedModel(model, Name, "MlOps", []);
    }
}
