namespace MlOps.Domain.Datasets;

/// <summary>Names of data sets: legal table keys, folder names and URL segments, the same in any letter case.</summary>
internal static class DatasetName
{
    private const int MaxChars = 63;

    /// <summary>Folders of the store's container that hold what is of no one data set, where clients put files by the name of a data set, too.</summary>
    private static readonly string[] Reserved = [DatasetBlobs.IncomingPrefix.TrimEnd('/'), DatasetBlobs.ContentPrefix.TrimEnd('/')];

    /// <summary>Of who adds a version.</summary>
    public static string CheckTaken(string name) => Reserved.Contains(name)
        ? throw MlOpsException.Invalid("dataset-name", $"'{name}' is no name of a data set: the store keeps other files by it; take another")
        : Check(name);

    public static string Check(string name)
    {
        if (name.Length is > 0 and <= MaxChars && char.IsAsciiLetterOrDigit(name[0]) && name.All(IsAllowed))
            return name;
        throw MlOpsException.Invalid("dataset-name",
            $"'{name}' is no name of a data set; allowed are 1 to {MaxChars} of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-';
}
