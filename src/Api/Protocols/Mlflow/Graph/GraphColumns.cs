using MlOps.Domain.Experiments.Search;

namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>What a query wants of each run that it searches; nothing else is read.</summary>
internal static class GraphColumns
{
    private static readonly string[] OfData = ["metrics", "params", "tags"];
    private static readonly string[] OfRun = ["inputs", "outputs"];

    public static RunColumns Of(GraphField search)
    {
        GraphField[] asked = [.. search.Fields.Where(f => f.Name == "runs").SelectMany(f => f.Fields)];
        string[] data = [.. asked.Where(f => f.Name == "data").SelectMany(f => f.Fields).Select(f => f.Name)];
        // The attributes are there anyway; no column at all would be every column.
        return RunColumns.Parse(["attributes", .. OfData.Intersect(data), .. OfRun.Intersect(asked.Select(f => f.Name))]);
    }
}
