using System.Globalization;
using MlOps.Cli.Moving.Registry;
using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Moving;

/// <summary>Says how far the move of an experiment or registered model is: in place where a person watches, a line at its end elsewhere.</summary>
internal static class MoveProgress
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    /// <param name="text">How far it is.</param>
    public static async Task WatchAsync(CommandOutput output, Func<string> text, Func<Task> work)
    {
        if (output.IsLive)
            await output.Console.Status().StartAsync(Markup.Escape(text()), status => UpdateAsync(status, text, work()));
        else
            await work();
        output.Line(Markup.Escape(text()));
    }

    private static async Task UpdateAsync(StatusContext status, Func<string> text, Task work)
    {
        using var beat = new PeriodicTimer(Beat);
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, beat.WaitForNextTickAsync().AsTask());
            status.Status(Markup.Escape(text()));
        }

        await work;
    }

    public static string Text(ModelCount count)
    {
        MovedModelCounts c = count.Counts;
        return string.Create(CultureInfo.InvariantCulture, $"model {c.Name}: {c.Copied:N0} versions copied, {c.Unchanged:N0} there already{(c.Failed > 0 ? $", {c.Failed:N0} failed" : "")}");
    }

    public static string Text(MoveCount count)
    {
        MovedCounts c = count.Counts;
        return string.Create(CultureInfo.InvariantCulture, $"{c.Name}: {c.Copied:N0} runs copied, {c.Unchanged:N0} there already, {c.LoggedModels.Copied:N0} logged models, {c.Traces.Copied:N0} traces, {c.Points:N0} points, {c.Files:N0} files, {c.Bytes:N0} bytes{(Failed(c) is > 0 and int failed ? $", {failed:N0} failed" : "")}");
    }

    private static int Failed(MovedCounts c) => c.Failed + c.LoggedModels.Failed + c.Traces.Failed;
}
