using System.Globalization;
using System.Text;
using MlOps.Learning;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>A small table that can be learned: <c>bought</c> follows <c>income</c> and <c>visits</c>, with noise.</summary>
public static class SmallData
{
    public const string Pipeline = """
        name: shop
        dataset: shop
        task: binary
        target: bought
        trainer: { use: gbdt, parameters: { trees: 5, depth: 3 } }
        gates:
          absolute: [{ metric: auc, atLeast: 0.6 }]
        rollout: { strategy: direct }

        """;

    /// <param name="shift">Added to every income.</param>
    public static string Csv(int rows, ulong seed = 1, double shift = 0)
    {
        var random = new SeededRandom(seed);
        var csv = new StringBuilder("income,visits,region,bought\n");
        for (int i = 0; i < rows; i++)
        {
            double income = (random.NextDouble() * 100) + shift, visits = Math.Floor(random.NextDouble() * 20);
            string region = random.NextDouble() < 0.5 ? "north" : "south";
            bool bought = income - shift + (visits * 3) + (random.NextDouble() * 30) > 95;
            csv.Append(CultureInfo.InvariantCulture, $"{income:0.00},{visits},{region},{(bought ? "Yes" : "No")}\n");
        }

        return csv.ToString();
    }
}
