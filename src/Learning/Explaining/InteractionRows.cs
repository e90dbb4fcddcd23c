using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Explaining;

/// <summary>Interaction values of the rows of a table, several rows at once on all processors. Inputs of a linear model do nothing together.</summary>
internal static class InteractionRows
{
    public static Interactions Explain(IModel model, Table rows, CancellationToken cancellationToken)
    {
        IExplainable explainable = ModelExplainer.Of(model);
        if (model is not (TreeModel or LinearModel))
            throw ModelExplainer.Unsupported($"interactions of a model of trainer '{model.Trainer}' are unknown: trees and linear models have them");
        int inputs = model.Signature.Inputs.Count;
        int cells = CellsOf(explainable.Base.Length, inputs, rows.RowCount);
        Contributions contributions = explainable.Explain(rows, cancellationToken);
        var values = new double[rows.RowCount * cells];
        TreeInteractions? trees = model is TreeModel m ? new TreeInteractions(m.Trees, inputs) : null;
        BoundInputs bound = new InputBinder(model.Signature.Inputs).Bind(rows);
        new Workers(0, cancellationToken).RunRanges(rows.RowCount, ExplainedBlocks.BlockRows, (_, from, to) =>
        {
            var numbers = new double[(to - from) * inputs];
            bound.ReadRows(from, to - from, numbers);
            for (int row = from; row < to; row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<double> of = values.AsSpan(row * cells, cells);
                trees?.Explain(numbers.AsSpan((row - from) * inputs, inputs), of);
                for (int i = 0; i < contributions.Outputs * inputs; i++)
                    of[(i * inputs) + (i % inputs)] = contributions.Of(row, i / inputs)[i % inputs] - Sum(of.Slice(i * inputs, inputs));
            }
        });
        return new Interactions(contributions, values);
    }

    /// <summary>Interactions of a row.</summary>
    private static int CellsOf(long outputs, long inputs, long rows)
    {
        // Below 2^63: a model has fewer than 2^31 numbers of inputs x outputs, and neither is negative.
        long cells = outputs * inputs * inputs;
        if (cells > Array.MaxLength)
            throw TooLarge($"those of one row, {cells:N0}, do not fit into memory: ask for contributions, or explain a model of fewer inputs");
        return rows * cells <= Array.MaxLength
            ? (int)cells
            : throw TooLarge($"{rows:N0} rows with {cells:N0} each do not fit into memory at once: explain {Array.MaxLength / cells:N0} rows or fewer");
    }

    private static MlOpsException TooLarge(string what) => MlOpsException.TooLarge("explain-too-large", $"interactions: {what}");

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum;
    }
}
