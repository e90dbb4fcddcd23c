using System.CommandLine;
using MlOps.Api.Datasets;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Datasets;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops dataset add | list | show`.</summary>
internal static class DatasetCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The data set (show also takes NAME@VERSION)." };
    private static readonly Argument<string> File = new("file") { Description = "CSV, TSV or JSON Lines." };
    private static readonly Option<string?> Format = new("--format") { Description = "csv or jsonl (default: by the file's name)." };
    private static readonly Option<Dictionary<string, string>> Types = KeyValue.Option("--type", "A column's type instead of the inferred one: zip=category.");

    public static Command Create() => new("dataset", "Versioned, immutable data sets.")
    {
        ApiCommand.Create("add", "Add a file as a version; the same bytes give the same version.", [Name, File, TableFile.Delimiter, Format, Types], AddAsync, mayMakeDirectory: true, whenStopped: "the version was added whole or not at all: run it again, the same bytes never make two versions"),
        ApiCommand.Create("list", "All data sets.", [], ListAsync),
        ApiCommand.Create("show", "A version's schema, profile and lineage.", [Name], ShowAsync),
    };

    /// <summary>Uploads a file as a version of the data set.</summary>
    internal static async Task<UploadAnswer> UploadAsync(
        ApiClient api, string name, string file, IReadOnlyDictionary<string, string> query, CancellationToken cancellationToken)
    {
        await using FileStream stream = TableFile.Open(file);
        string parameters = string.Concat(query.Select(q => $"&{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value)}"));
        string path = $"api/v1/datasets/{ApiCommand.Segment(name)}/versions?source={Uri.EscapeDataString(Path.GetFileName(file))}{parameters}";
        return await api.SendAsync<UploadAnswer>(HttpMethod.Post, path, new StreamContent(stream), cancellationToken);
    }

    /// <summary>What the command line says about how the file is to be read.</summary>
    internal static Dictionary<string, string> Query(ParseResult parsed) =>
        parsed.GetValue(TableFile.Delimiter) is { } delimiter ? new() { ["delimiter"] = delimiter.ToString() } : [];

    private static async Task<int> AddAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        Dictionary<string, string> query = Query(parsed);
        if (parsed.GetValue(Format) is { } format)
            query["format"] = format;
        foreach ((string column, string type) in parsed.GetRequiredValue(Types))
            query[$"type.{column}"] = Tables.Cell(ColumnTypes.Parse(type, column));
        UploadAnswer answer = await UploadAsync(api, parsed.GetRequiredValue(Name), parsed.GetRequiredValue(File), query, cancellationToken);
        output.Show(answer, (console, a) =>
        {
            console.WriteLine($"{a.Version.Ref} {(a.Created ? "added" : "has these bytes already")}: {a.Version.Rows} rows, {a.Version.Schema.Columns.Count} columns");
            foreach (string run in a.StartedPipelines)
                console.WriteLine($"started pipeline run {run}");
        });
        return ExitCodes.Done;
    }

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        IReadOnlyList<DatasetVersion> latest = await api.ListAsync<DatasetVersion>("api/v1/datasets", cancellationToken);
        output.Show(latest, (console, all) => console.Write(Tables.Of(
            all,
            ("data set", d => d.Name),
            ("versions", d => d.Version),
            ("rows", d => d.Rows),
            ("columns", d => d.Schema.Columns.Count),
            ("bytes", d => d.Bytes),
            ("updated", d => d.CreatedAt))));
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        DatasetRef reference = DatasetRef.Parse(parsed.GetRequiredValue(Name));
        string version = reference.Version is { } v ? $"?version={v}" : "";
        DatasetView view = await api.GetAsync<DatasetView>($"api/v1/datasets/{ApiCommand.Segment(reference.Name)}{version}", cancellationToken);
        output.Show(view, Write);
        return ExitCodes.Done;
    }

    private static void Write(IAnsiConsole console, DatasetView view)
    {
        DatasetVersion version = view.Version;
        console.Write(Tables.Facts(
            ("version", version.Ref),
            ("rows", version.Rows),
            ("bytes", version.Bytes),
            ("sha256", version.Digest),
            ("added", version.CreatedAt),
            ("from", version.Lineage.Source),
            ("derived from", version.Lineage.Parent),
            ("how", version.Lineage.Detail)));
        console.Write(Tables.Of(
            view.Profile.Columns,
            ("column", c => c.Name),
            ("type", c => c.Type),
            ("missing", c => c.Missing),
            ("distinct", c => c.Distinct),
            ("mean", c => c.Numbers?.Mean),
            ("sd", c => c.Numbers?.StandardDeviation),
            ("min", c => c.Numbers?.Min),
            ("max", c => c.Numbers?.Max),
            ("most frequent", c => string.Join(", ", c.TopLevels.Take(3).Select(l => $"{l.Level} ({l.Count})")))));
    }
}
