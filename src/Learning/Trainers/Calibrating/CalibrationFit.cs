namespace MlOps.Learning.Trainers;

/// <summary>Fits a <see cref="ScoreCalibration"/> to margins and truths (0 or 1) of rows that the model did not learn from.</summary>
internal static class CalibrationFit
{
    private const int MostSteps = 100;
    private const double Tolerance = 1e-10;

    /// <param name="weights">Null: all rows count alike.</param>
    public static ScoreCalibration Of(string method, double[] margins, double[] truths, double[]? weights) =>
        method == ScoreCalibration.Platt ? Platt(margins, truths, weights) : Isotonic(margins, truths, weights);

    /// <summary>
    /// The line of most likelihood (Platt 1999), for truths drawn a little towards the middle, as that paper has it, by Newton steps that
    /// are halved until they help (Lin, Lin and Weng 2007).
    /// </summary>
    private static ScoreCalibration Platt(double[] margins, double[] truths, double[]? weights)
    {
        double positives = 0, negatives = 0;
        for (int i = 0; i < truths.Length; i++)
        {
            positives += Weight(weights, i) * truths[i];
            negatives += Weight(weights, i) * (1 - truths[i]);
        }

        double high = (positives + 1) / (positives + 2), low = 1 / (negatives + 2);
        double[] soft = [.. truths.Select(t => t > 0.5 ? high : low)];
        (double slope, double intercept) = (0, Math.Log((positives + 1) / (negatives + 1)));
        double loss = Loss(margins, soft, weights, slope, intercept);
        for (int step = 0; step < MostSteps; step++)
        {
            (double slopeStep, double interceptStep) = NewtonStep(margins, soft, weights, slope, intercept);
            double share = 1, next = Loss(margins, soft, weights, slope + slopeStep, intercept + interceptStep);
            for (; next > loss && share > Tolerance; next = Loss(margins, soft, weights, slope + (share * slopeStep), intercept + (share * interceptStep)))
                share /= 2;
            if (!(loss - next > Tolerance * Math.Abs(loss)))
                break;
            (slope, intercept, loss) = (slope + (share * slopeStep), intercept + (share * interceptStep), next);
        }

        return new(ScoreCalibration.Platt, [slope, intercept], []);
    }

    private static (double Slope, double Intercept) NewtonStep(double[] margins, double[] soft, double[]? weights, double slope, double intercept)
    {
        // The ridge keeps the matrix regular where all margins are alike.
        (double gradientA, double gradientB, double aa, double ab, double bb) = (0, 0, 1e-12, 0, 1e-12);
        for (int i = 0; i < margins.Length; i++)
        {
            double p = Links.Sigmoid((slope * margins[i]) + intercept), weight = Weight(weights, i);
            double gradient = weight * (p - soft[i]), hessian = weight * p * (1 - p);
            gradientA += gradient * margins[i];
            gradientB += gradient;
            aa += hessian * margins[i] * margins[i];
            ab += hessian * margins[i];
            bb += hessian;
        }

        double determinant = (aa * bb) - (ab * ab);
        return determinant > 0 ? (-((bb * gradientA) - (ab * gradientB)) / determinant, -((aa * gradientB) - (ab * gradientA)) / determinant) : (0, -gradientB / bb);
    }

    private static double Loss(double[] margins, double[] soft, double[]? weights, double slope, double intercept)
    {
        double sum = 0;
        for (int i = 0; i < margins.Length; i++)
        {
            double z = (slope * margins[i]) + intercept;
            sum += Weight(weights, i) * (Links.SoftPlus(z) - (soft[i] * z));
        }

        return sum;
    }

    /// <summary>The rising steps that come nearest (pool adjacent violators; Zadrozny and Elkan 2002), a straight line from step to step.</summary>
    private static ScoreCalibration Isotonic(double[] margins, double[] truths, double[]? weights)
    {
        int[] order = [.. Enumerable.Range(0, margins.Length).Where(i => Weight(weights, i) > 0)];
        Array.Sort([.. order.Select(i => margins[i])], order);
        var steps = new List<Step>();
        foreach (int i in order)
        {
            double weight = Weight(weights, i);
            var step = new Step(margins[i], margins[i], weight, weight * truths[i]);
            while (steps.Count > 0 && (steps[^1].Last == step.First || steps[^1].Mean >= step.Mean))
            {
                step = steps[^1].With(step);
                steps.RemoveAt(steps.Count - 1);
            }

            steps.Add(step);
        }

        Step[] wide = [.. steps];
        return new(
            ScoreCalibration.Isotonic,
            [.. wide.SelectMany(s => s.First == s.Last ? [s.First] : new[] { s.First, s.Last })],
            [.. wide.SelectMany(s => s.First == s.Last ? [s.Mean] : new[] { s.Mean, s.Mean })]);
    }

    private static double Weight(double[]? weights, int row) => weights is null ? 1 : weights[row];

    /// <summary>Neighbouring rows that share a probability.</summary>
    private readonly record struct Step(double First, double Last, double Weight, double Positive)
    {
        public double Mean => Math.Clamp(Positive / Weight, 0, 1);

        public Step With(Step next) => new(First, next.Last, Weight + next.Weight, Positive + next.Positive);
    }
}
