using MlOps.Learning.Trainers;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>A moving bar where a person watches, one line elsewhere.</summary>
internal static class ProgressBar
{
    public static async Task<T> RunAsync<T>(CommandOutput output, string title, Func<IProgress<TrainingProgress>?, Task<T>> work)
    {
        if (!output.IsLive)
        {
            output.Line(Markup.Escape(title));
            return await work(null);
        }

        return await output.Console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(title));
                T result = await work(new Reporter(bar));
                bar.Value = bar.MaxValue;
                return result;
            });
    }

    private sealed class Reporter(ProgressTask bar) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            bar.MaxValue = value.Total;
            bar.Value = value.Done;
        }
    }
}
