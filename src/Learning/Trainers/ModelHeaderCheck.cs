using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers;

/// <summary>
/// What every reader of a header takes for granted. A file's checksum is its sender's own, so it says nothing about what the header says.
/// </summary>
internal static class ModelHeaderCheck
{
    /// <summary>What is wrong with it; null for nothing. Parameters and metadata may lack.</summary>
    public static string? Problem(ModelFileHeader? header)
    {
        if (header is not { Model: { Kind: not null, Trainer: not null, Signature: { Target: not null, Inputs: not null, Classes: not null }, Importance: not null } model, Sections: not null })
            return "its header is incomplete";
        if (header.Sections.Any(s => s is not { Name: not null, Type: not null }) || model.Importance.Any(i => i is not { Feature: not null }))
            return "its header has a section or an importance without a name";
        if (!Enum.IsDefined(model.Signature.Task) || (model.Link is { } link && !Enum.IsDefined(link)))
            return "its header has a task or link that is not known";
        if (model.Calibration is { } calibration && (calibration.Problem ?? (model.Signature.Task == LearningTask.Binary ? null : "is for a binary task")) is { } problem)
            return $"the calibration in its header {problem}";
        return InputProblem(model.Signature.Inputs) ?? ClassProblem(model.Signature);
    }

    private static string? InputProblem(IReadOnlyList<FeatureSignature> inputs)
    {
        if (inputs.Count == 0)
            return "its header names no inputs";
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < inputs.Count; i++)
        {
            if (inputs[i] is not { Name.Length: > 0 } input || !Enum.IsDefined(input.Type))
                return $"input {i} of its header has no name, or no type that is known";
            if (!names.Add(input.Name))
                return $"two inputs of its header are called '{input.Name}'";
            if ((input.Type == ColumnType.Category) != (input.Levels is not null))
                return $"'{input.Name}' in its header is a category without levels, or has levels and is none";
            if (input.Levels is { } levels && !AreDistinct(levels))
                return $"'{input.Name}' in its header has a level twice, or one that is null";
        }

        return null;
    }

    private static string? ClassProblem(ModelSignature signature)
    {
        int count = signature.Classes.Count;
        bool fits = signature.Task switch { LearningTask.Regression => count == 0, LearningTask.Binary => count == 2, _ => count >= 2 };
        if (!fits)
            return $"its header has {count} classes, which does not go with its task ({signature.Task})";
        return AreDistinct(signature.Classes) ? null : "its header has a class twice, or one that is null";
    }

    private static bool AreDistinct(IReadOnlyList<string> names)
    {
        var known = new HashSet<string>(names.Count, StringComparer.Ordinal);
        return names.All(n => n is not null && known.Add(n));
    }
}
