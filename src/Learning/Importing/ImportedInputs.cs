using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing;

/// <summary>Makes a signature of what a file says of its inputs and classes and of what the caller says instead.</summary>
internal static class ImportedInputs
{
    /// <summary>Levels by number are this many at least: a category of training that no split names would be unknown otherwise. A set of so many fits into a node.</summary>
    public const int UnnamedLevels = 64;

    /// <summary>Of all inputs together.</summary>
    private const int MaxLevels = 4_000_000;

    /// <param name="names">Of the file; empty when it has none.</param>
    public static IReadOnlyList<string> Names(IReadOnlyList<string> names, int count, ImportOptions options)
    {
        if (options.Features.Count > 0 && options.Features.Count != count)
            throw ImportErrors.Option($"{options.Features.Count} feature names were given, the model has {count} inputs");
        IReadOnlyList<string> chosen = options.Features.Count > 0 ? options.Features
            : names.Count == count ? names
            : [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"f{i}"))];
        if (chosen.Any(string.IsNullOrWhiteSpace))
            throw ImportErrors.Option("an input has no name: give the names of all inputs, in their order");
        if (chosen.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw ImportErrors.Option($"two inputs are called '{twice.Key}': give every input a name of its own, in their order");
        string? unknown = options.Levels.Keys.FirstOrDefault(k => !chosen.Contains(k));
        return unknown is null ? chosen : throw ImportErrors.Option($"levels were given for '{unknown}', which is no input{NameSuggestion.Hint(unknown, chosen)}");
    }

    /// <summary>A number that may be missing.</summary>
    public static FeatureSignature Number(string name, ImportOptions options) => options.Levels.ContainsKey(name)
        ? throw ImportErrors.Option($"levels were given for '{name}', which is a number in this model")
        : new FeatureSignature(name, ColumnType.Number, Optional: true);

    /// <param name="levels">Of the file; null when it knows only codes.</param>
    /// <param name="codes">Codes that its splits use: 0 .. codes - 1.</param>
    public static FeatureSignature Category(string name, IReadOnlyList<string>? levels, int codes, ImportOptions options)
    {
        IReadOnlyList<string> chosen = options.Levels.GetValueOrDefault(name) ?? levels ?? Codes(codes);
        if (chosen.Count < codes)
            throw ImportErrors.Option($"'{name}' has {chosen.Count} levels, the model's splits use the codes 0 to {codes - 1}: give all levels in the order of their codes");
        if (chosen.Contains(null!))
            throw ImportErrors.Option($"level {chosen.TakeWhile(l => l is not null).Count()} of '{name}' is null: give all levels as texts");
        return chosen.Distinct(StringComparer.Ordinal).Count() == chosen.Count
            ? new FeatureSignature(name, ColumnType.Category, Optional: true, chosen)
            : throw ImportErrors.Option($"'{name}' has a level twice: {string.Join(", ", chosen.Take(20))}");
    }

    /// <param name="classes">Of the file; empty when it has none.</param>
    public static IReadOnlyList<string> Classes(IReadOnlyList<string> classes, int count, ImportOptions options)
    {
        if (options.Classes.Count > 0 && options.Classes.Count != count)
            throw ImportErrors.Option($"{options.Classes.Count} classes were given, the model has {count}");
        IReadOnlyList<string> chosen = options.Classes.Count > 0 ? options.Classes : classes.Count == count ? classes : Numbered(count);
        if (chosen.Any(string.IsNullOrWhiteSpace))
            throw ImportErrors.Option("a class has no name: give the names of all classes, in the order of the scores");
        return chosen.Distinct(StringComparer.Ordinal).Count() == count
            ? chosen
            : throw ImportErrors.Option($"a class is named twice: {string.Join(", ", chosen.Take(20))}");
    }

    /// <summary>The classes of a task; regression has none, but an option for them would be a mistake.</summary>
    public static ModelSignature Signature(LearningTask task, IReadOnlyList<FeatureSignature> inputs, IReadOnlyList<string> classes, int outputs, ImportOptions options)
    {
        if (task == LearningTask.Regression && options.Classes.Count > 0)
            throw ImportErrors.Option("classes were given, the model predicts a number");
        if (inputs.Any(i => i.Name == options.Target))
            throw ImportErrors.Option($"the target '{options.Target}' is also an input: say which column the model predicts");
        return new ModelSignature(task, options.Target, inputs, task == LearningTask.Regression ? [] : Classes(classes, task == LearningTask.Binary ? 2 : outputs, options));
    }

    /// <summary>Names of levels take much more room than the codes that ask for them, so all inputs' are counted before any are made.</summary>
    /// <param name="levels">Of all inputs together.</param>
    public static void CheckLevels(long levels)
    {
        if (levels > MaxLevels)
            throw ImportErrors.TooLarge("categories of all inputs", levels, MaxLevels);
    }

    private static string[] Codes(int codes) => Numbered(Math.Max(UnnamedLevels, (codes + UnnamedLevels - 1) / UnnamedLevels * UnnamedLevels));

    private static string[] Numbered(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
}
