using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Experiments.Search;

public sealed class RunReaderTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_OfAStoredRun_IsWhatItsDocumentSays(int which)
    {
        RunDocument document = Documents[which];
        var experiment = new Experiment("7", "churn", Start) { ArtifactLocation = "s3://b", DeletedAt = which == 2 ? Start : null };

        Run read = new RunReader(experiment, RunColumns.All).Read(document.Write(), out IReadOnlyList<StoredInput> inputs);

        Run expected = document.ToRun(experiment);
        Assert.Equal(WorkflowJson.Write(expected), WorkflowJson.Write(read));
        Assert.Equal(expected.LatestMetrics, read.LatestMetrics);
        Assert.Equal((expected.DeletedAt, expected.ArtifactLocation, expected.User), (read.DeletedAt, read.ArtifactLocation, read.User));
        Assert.Equal(expected.ModelInputs, read.ModelInputs);
        Assert.Equal(expected.ModelOutputs, read.ModelOutputs);
        Assert.Equal((document.Inputs ?? []).Select(i => i.Key), inputs.Select(i => i.Key));
        foreach ((string name, double value) in expected.Metrics)
            Assert.Equal(value, read.Metrics[name]);
        Assert.False(read.Metrics.ContainsKey("none"));
    }

    [Theory]
    [InlineData("metrics", "Z a a/b ä")]
    [InlineData("metrics.`a/b` tags", "a/b t")]
    [InlineData("params.B metrics.none", "B")]
    [InlineData("params.B params", "B a")]
    [InlineData("inputs", "m-1 toy")]
    [InlineData("outputs", "m-2")]
    [InlineData("attributes.status", "")]
    public void Read_OfSomeColumns_HasThemAndTheAttributes(string columns, string expected)
    {
        var experiment = new Experiment("7", "churn", Start);

        Run read = new RunReader(experiment, RunColumns.Parse(columns.Split(' '))).Read(Documents[1].Write(), out IReadOnlyList<StoredInput> inputs);

        IEnumerable<string> keys = [.. read.Params.Keys, .. read.LatestMetrics.Select(m => m.Name), .. read.Tags.Keys, .. inputs.Select(i => i.Name), .. read.ModelInputs.Concat(read.ModelOutputs).Select(m => m.ModelId)];
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
        Assert.Equal(("r2", RunStatus.Failed, "ann", Start.AddHours(1)), (read.Id, read.Status, read.User, read.EndedAt));
    }

    private static readonly RunDocument[] Documents =
    [
        new() { Id = "r1", ExperimentId = "7", Name = "plain", StartedAt = Start },
        new()
        {
            Id = "r2",
            ExperimentId = "7",
            Name = "Größe \"x\"",
            StartedAt = Start,
            EndedAt = Start.AddHours(1),
            Status = RunStatus.Failed,
            Reason = "no room",
            User = "ann",
            Lineage = new RunLineage("telco@3", "d", null, "1.0", "p-1"),
            Inputs = [new StoredInput("toy", "d1", new Dictionary<string, string> { ["mlflow.data.context"] = "train" })],
            ModelInputs = [new ModelLink("m-1")],
            ModelOutputs = [new ModelLink("m-2", 5)],
            Params = new(StringComparer.Ordinal) { ["a"] = "1", ["B"] = "" },
            Tags = new(StringComparer.Ordinal) { ["t"] = "漢" },
            Metrics = new()
            {
                ["Z"] = new LatestMetric(double.NaN, -1, 5),
                ["a"] = new LatestMetric(double.PositiveInfinity, long.MaxValue, 0),
                ["a/b"] = new LatestMetric(0.1, 3, 1_700_000_000_000),
                ["ä"] = new LatestMetric(-0.0, 0, 1),
            },
        },
        new() { Id = "r3", ExperimentId = "7", Name = "gone", StartedAt = Start, DeletedAt = Start.AddDays(1) },
    ];
}
