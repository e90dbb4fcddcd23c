namespace MlOps.Learning.Trainers.Linear;

/// <summary>The sections of a linear model.</summary>
internal sealed class LinearModelFormat : IModelFormat
{
    public const string Name = "linear";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, LinearWeights fitted) => new ModelContent(header)
        .Add(fitted.Encoding)
        .Add<double>("weights", fitted.Weights)
        .Add<double>("intercepts", fitted.Intercepts);

    public IModel Read(ModelContent content)
    {
        var fitted = new LinearWeights(content.GetEncoding(), content.Get<double>("weights"), content.Get<double>("intercepts"));
        ModelSignature signature = content.Header.Signature;
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        if (fitted.Intercepts.Length != outputs || fitted.Weights.Length != (long)fitted.Encoding.Columns * outputs)
            throw ModelFile.Damaged("its sections differ in length");
        return new LinearModel(content.Header, fitted);
    }
}
