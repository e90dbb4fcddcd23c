namespace MlOps.Learning.Trainers.Linear;

/// <summary>The sections of a linear model.</summary>
internal sealed class LinearModelFormat : IModelFormat
{
    public const string Name = "linear";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, LinearWeights fitted) => new ModelContent(header)
        .Add<double>("mean", fitted.Encoding.Mean)
        .Add<double>("inverseDeviation", fitted.Encoding.InverseDeviation)
        .Add<int>("valueColumn", fitted.Encoding.ValueColumn)
        .Add<int>("missingColumn", fitted.Encoding.MissingColumn)
        .Add<int>("levelColumn", fitted.Encoding.LevelColumn)
        .Add<int>("columns", [fitted.Encoding.Dense, fitted.Encoding.Columns])
        .Add<double>("weights", fitted.Weights)
        .Add<double>("intercepts", fitted.Intercepts);

    public IModel Read(ModelContent content)
    {
        if (content.Get<int>("columns") is not [int dense, int columns])
            throw ModelFile.Damaged("it does not say how many columns it has");
        var encoding = new LinearEncoding(
            content.Get<double>("mean"),
            content.Get<double>("inverseDeviation"),
            content.Get<int>("valueColumn"),
            content.Get<int>("missingColumn"),
            content.Get<int>("levelColumn"),
            dense,
            columns);
        var fitted = new LinearWeights(encoding, content.Get<double>("weights"), content.Get<double>("intercepts"));
        Check(content.Header.Signature, fitted);
        return new LinearModel(content.Header, fitted);
    }

    private static void Check(ModelSignature signature, LinearWeights fitted)
    {
        (LinearEncoding encoding, double[] weights, double[] intercepts) = fitted;
        int inputs = signature.Inputs.Count;
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        Array[] perInput = [encoding.Mean, encoding.InverseDeviation, encoding.ValueColumn, encoding.MissingColumn, encoding.LevelColumn];
        if (perInput.Any(a => a.Length != inputs) || intercepts.Length != outputs || weights.Length != (long)encoding.Columns * outputs)
            throw ModelFile.Damaged("its sections differ in length");
        for (int i = 0; i < inputs; i++)
        {
            int levels = signature.Inputs[i].Levels?.Count ?? 1;
            if (Outside(encoding.ValueColumn[i], 1) || Outside(encoding.MissingColumn[i], 1) || Outside(encoding.LevelColumn[i], levels))
                throw ModelFile.Damaged($"input '{signature.Inputs[i].Name}' points outside of it");
        }

        bool Outside(int column, int width) => column < -1 || column > encoding.Columns - width;
    }
}
