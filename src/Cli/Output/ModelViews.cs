using MlOps.Api.Registry;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>How people see models.</summary>
internal static class ModelViews
{
    public static void Write(IAnsiConsole console, ModelView view)
    {
        console.Write(Tables.Facts(
            ("model", view.Model.Name),
            ("description", view.Model.Description),
            ("tags", view.Model.Tags.Count == 0 ? null : string.Join(", ", view.Model.Tags.Select(t => $"{t.Key}={t.Value}"))),
            ("traffic", view.Endpoint is null ? "none" : Traffic(view.Endpoint.Traffic)),
            ("settings", view.Endpoint?.Settings is { } settings ? Settings(settings) : null)));
        console.Write(Tables.Of(
            view.Versions,
            ("version", v => v.Version),
            ("aliases", v => string.Join(", ", v.Aliases)),
            ("trainer", v => v.Trainer),
            ("metrics", v => Metrics(v.Metrics)),
            ("data", v => v.Lineage.Dataset),
            ("in memory", v => view.Loaded.FirstOrDefault(m => m.Versions.Contains(v.Name)) is { } loaded ? Bytes(loaded.Bytes) : null),
            ("registered", v => v.CreatedAt)));
    }

    public static void Write(IAnsiConsole console, ModelMemory memory)
    {
        console.Write(Tables.Facts(("held", Bytes(memory.Bytes)), ("budget", Bytes(memory.Budget))));
        console.Write(Tables.Of(
            memory.Models,
            ("model", m => string.Join(", ", m.Versions)),
            ("in memory", m => Bytes(m.Bytes)),
            ("traffic", m => m.HasTraffic),
            ("loaded", m => m.LoadedAt)));
    }

    public static string Settings(EndpointSettings settings)
    {
        string concurrency = settings.Concurrency is { } limit ? $"{limit.Requests} requests at the same time, {limit.Waiting} wait" : "any number of requests";
        return settings.Batching is { } batching ? $"{concurrency}; up to {batching.MaxRows} rows gathered for {batching.MaxDelayMs} ms" : concurrency;
    }

    private static string Bytes(long bytes) => $"{Tables.Number(bytes / (double)(1 << 20))} MiB";

    public static void Write(IAnsiConsole console, ModelLineageView lineage)
    {
        ModelVersion version = lineage.Version;
        console.Write(Tables.Facts(
            ("version", version.Name),
            ("aliases", string.Join(", ", version.Aliases)),
            ("trainer", version.Trainer),
            ("model file", version.HasModel ? $"sha256 {version.ModelDigest}, {version.ModelSize} bytes" : "none yet: it is imported when it is first used"),
            ("source", version.Source?.Uri),
            ("imported from", version.Source?.Import is { } import ? $"{import.File} ({import.Format}, {import.Producer})" : null),
            ("stage", version.Stage == ModelStage.None ? null : version.Stage.ToString()),
            ("tags", version.Tags.Count == 0 ? null : string.Join(", ", version.Tags.Select(t => $"{t.Key}={t.Value}"))),
            ("inputs", string.Join(", ", version.Signature.Inputs.Select(i => i.Name))),
            ("metrics", Metrics(version.Metrics)),
            ("data", lineage.Sources.Dataset is { } data ? $"{data} (sha256 {lineage.Sources.DatasetDigest})" : null),
            ("spec", lineage.Sources.SpecDigest),
            ("code", lineage.Sources.CodeVersion),
            ("pipeline run", lineage.Sources.PipelineRun),
            ("run", lineage.RunId)));
        console.Write(Tables.Of(
            lineage.Deployments,
            ("endpoint", d => d.Endpoint),
            ("share", d => $"{d.Share:P0}"),
            ("from", d => d.From),
            ("to", d => d.To),
            ("why", d => d.Reason)));
        if (lineage.Batches.Count > 0)
            WriteBatches(console, lineage.Batches);
    }

    public static string Traffic(IReadOnlyList<TrafficShare> traffic) =>
        traffic.Count == 0 ? "none" : string.Join(", ", traffic.Select(t => $"version {t.Version}: {t.BasisPoints / 100.0:0.##} %"));

    private static void WriteBatches(IAnsiConsole console, IReadOnlyList<LineageBatch> batches) => console.Write(Tables.Of(
        batches,
        ("batch prediction", b => b.Id),
        ("over", b => b.Dataset),
        ("rows", b => b.Rows),
        ("at", b => b.At),
        ("by", b => b.By),
        ("saved as", b => b.SavedAs)));

    public static string Metrics(IReadOnlyDictionary<string, double> metrics) =>
        string.Join("  ", metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key} {Tables.Number(m.Value)}"));
}
