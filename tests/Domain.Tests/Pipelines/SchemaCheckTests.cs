using MlOps.Domain.Pipelines;
using MlOps.Domain.Pipelines.Steps;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

public sealed class SchemaCheckTests
{
    private static readonly Table Stones = new([new NumberColumn("carat", [0.3, 0.4]), new NumberColumn("depth", [60, 61]), new NumberColumn("price", [300, 400])]);

    [Fact]
    public void Problems_ColumnsLeftOutThatDoNotExist_AreNamedWithTheClosest()
    {
        PipelineSpec spec = Parse("""
            features: { exclude: [depht, depth] }
            rollout: {}
            monitoring: { drift: { exclude: [caratt, carat] } }
            """);

        Assert.Equal(
            ["column 'depht' is absent; did you mean 'depth'?", "column 'caratt' is absent; did you mean 'carat'?"],
            SchemaCheck.Problems(Stones, spec));
    }

    [Fact]
    public void Problems_ColumnsLeftOutThatExist_AreNone() =>
        Assert.Empty(SchemaCheck.Problems(Stones, Parse("features: { exclude: depth }\nrollout: {}\nmonitoring: { drift: { exclude: carat } }")));

    private static PipelineSpec Parse(string more) => new PipelineParser(TrainerCatalog.Default).Parse(
        "name: diamonds\ndataset: diamonds\ntask: regression\ntarget: price\ntrainer: { use: gbdt }\n" + more, "p.yaml");
}
