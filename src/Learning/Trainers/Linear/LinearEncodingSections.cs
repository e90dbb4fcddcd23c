namespace MlOps.Learning.Trainers.Linear;

/// <summary>An encoding in a model file, for every kind of model that has one.</summary>
internal static class LinearEncodingSections
{
    public static ModelContent Add(this ModelContent content, LinearEncoding encoding) => content
        .Add<double>("mean", encoding.Mean)
        .Add<double>("inverseDeviation", encoding.InverseDeviation)
        .Add<int>("valueColumn", encoding.ValueColumn)
        .Add<int>("missingColumn", encoding.MissingColumn)
        .Add<int>("levelColumn", encoding.LevelColumn)
        .Add<int>("columns", [encoding.Dense, encoding.Columns]);

    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: a section is absent or contradicts the signature.</exception>
    public static LinearEncoding GetEncoding(this ModelContent content)
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
        Check(content.Header.Signature, encoding);
        return encoding;
    }

    /// <summary>Numbers and indicators of numbers stand below <see cref="LinearEncoding.Dense"/>, levels and their indicators above.</summary>
    private static void Check(ModelSignature signature, LinearEncoding encoding)
    {
        int inputs = signature.Inputs.Count;
        Array[] perInput = [encoding.Mean, encoding.InverseDeviation, encoding.ValueColumn, encoding.MissingColumn, encoding.LevelColumn];
        if (perInput.Any(a => a.Length != inputs) || encoding.Dense < 0 || encoding.Dense > encoding.Columns)
            throw ModelFile.Damaged("its sections differ in length");
        for (int i = 0; i < inputs; i++)
        {
            bool category = encoding.LevelColumn[i] >= 0;
            int levels = signature.Inputs[i].Levels?.Count ?? 1;
            if (Outside(encoding.ValueColumn[i], 0, encoding.Dense, 1)
                || Outside(encoding.MissingColumn[i], category ? encoding.Dense : 0, category ? encoding.Columns : encoding.Dense, 1)
                || Outside(encoding.LevelColumn[i], encoding.Dense, encoding.Columns, levels))
            {
                throw ModelFile.Damaged($"input '{signature.Inputs[i].Name}' points outside of it");
            }
        }
    }

    private static bool Outside(int column, int from, int to, int width) => column != -1 && (column < from || column > to - width);
}
