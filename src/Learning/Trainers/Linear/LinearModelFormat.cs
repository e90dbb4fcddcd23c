namespace MlOps.Learning.Trainers.Linear;

/// <summary>The sections of a linear model.</summary>
internal sealed class LinearModelFormat : IModelFormat
{
    public const string Name = "linear";

    private const string Means = "columnMeans";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, LinearWeights fitted)
    {
        ModelContent content = new ModelContent(header)
            .Add(fitted.Encoding)
            .Add<double>("weights", fitted.Weights)
            .Add<double>("intercepts", fitted.Intercepts);
        return fitted.Means is { } means ? content.Add<double>(Means, means) : content;
    }

    public IModel Read(ModelContent content)
    {
        double[]? means = content.Has(Means) ? content.Get<double>(Means) : null;
        var fitted = new LinearWeights(content.GetEncoding(), content.Get<double>("weights"), content.Get<double>("intercepts"), means);
        ModelSignature signature = content.Header.Signature;
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        int columns = fitted.Encoding.Columns;
        if (fitted.Intercepts.Length != outputs || fitted.Weights.Length != (long)columns * outputs || (means?.Length ?? columns) != columns)
            throw ModelFile.Damaged("its sections differ in length");
        return new LinearModel(content.Header, fitted);
    }
}
