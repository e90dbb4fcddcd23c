using System.Globalization;
using MlOps.Learning;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>
/// Writes a case's rows as CSV: numbers of a normal law, of which some act alone, some in waves and some together, and noise. The same on
/// every machine; a file that is there already is taken as it is.
/// </summary>
/// <param name="draw">Which training rows, from 0; the test rows are the same for all.</param>
internal sealed class TrainData(TrainCase @case, string folder, int draw = 0)
{
    private const ulong FirstDraw = 3;

    private const int Levels = 12;

    public string Training => Path.Combine(folder, draw == 0 ? $"{@case.Name}-train.csv" : $"{@case.Name}-train-{draw}.csv");

    public string Test => Path.Combine(folder, $"{@case.Name}-test.csv");

    public string[] Categories => [.. Enumerable.Range(@case.Columns - @case.Categories, @case.Categories).Select(c => $"c{c}")];

    public void Write()
    {
        Directory.CreateDirectory(folder);
        Write(Training, @case.Rows, draw == 0 ? 1 : FirstDraw + (ulong)draw);
        Write(Test, @case.TestRows, 2);
    }

    /// <summary>The training rows, and what was saved beside them.</summary>
    public void Delete()
    {
        foreach (string file in Directory.GetFiles(folder, Path.GetFileName(Training) + "*"))
            File.Delete(file);
    }

    private void Write(string path, int rows, ulong seed)
    {
        if (File.Exists(path))
            return;
        using (var file = new StreamWriter(path + ".part", false, System.Text.Encoding.ASCII, 1 << 20))
        {
            file.WriteLine(string.Join(',', [.. Enumerable.Range(0, @case.Columns).Select(c => $"c{c}"), "y"]));
            var random = SeededRandom.Derive(seed, (ulong)@case.Columns);
            var values = new double[@case.Columns];
            for (int row = 0; row < rows; row++)
                WriteRow(file, values, random);
        }

        File.Move(path + ".part", path);
    }

    private void WriteRow(StreamWriter file, double[] values, SeededRandom random)
    {
        for (int c = 0; c < values.Length; c++)
        {
            bool category = c >= @case.Columns - @case.Categories;
            values[c] = category ? random.Next(Levels * (1 + (c % 4))) : random.NextGaussian();
            if (category)
                file.Write(string.Create(CultureInfo.InvariantCulture, $"level{values[c]:0},"));
            else if (@case.Categories > 0 && random.Next(20) == 0)
                file.Write(',');
            else
                file.Write(string.Create(CultureInfo.InvariantCulture, $"{values[c]:G6},"));
        }

        file.WriteLine(Target(values, random));
    }

    private string Target(double[] x, SeededRandom random)
    {
        double z = (1.2 * x[0]) + (1.5 * Math.Sin(2 * x[1])) + (x[2] * x[3]) + (0.5 * x[4]) - (0.8 * Math.Abs(x[5])) + (0.4 * x[6] * x[7]) + (x[8] > 0.5 ? 0.3 : 0);
        for (int c = @case.Columns - @case.Categories; c < @case.Columns; c++)
            z += 0.6 * Math.Sin((x[c] * 1.7) + c);
        z += 1.5 * random.NextGaussian();
        return @case.Task switch
        {
            LearningTask.Regression => string.Create(CultureInfo.InvariantCulture, $"{z:G6}"),
            LearningTask.Binary => z > 0 ? "1" : "0",
            _ => string.Create(CultureInfo.InvariantCulture, $"k{Math.Clamp((int)Math.Floor((z * 1.2) + (@case.Classes / 2.0)), 0, @case.Classes - 1)}"),
        };
    }
}
