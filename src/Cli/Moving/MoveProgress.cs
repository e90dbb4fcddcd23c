using System.Globalization;
using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Moving;

/// <summary>Says how far the move of an experiment is: in place where a person watches, a line at its end elsewhere.</summary>
internal static class MoveProgress
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    public static async Task WatchAsync(CommandOutput output, MoveCount count, Func<Task> work)
    {
        if (output.IsLive)
            await output.Console.Status().StartAsync(Markup.Escape(Text(count)), status => UpdateAsync(status, count, work()));
        else
            await work();
        output.Line(Markup.Escape(Text(count)));
    }

    private static async Task UpdateAsync(StatusContext status, MoveCount count, Task work)
    {
        using var beat = new PeriodicTimer(Beat);
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, beat.WaitForNextTickAsync().AsTask());
            status.Status(Markup.Escape(Text(count)));
        }

        await work;
    }

    private static string Text(MoveCount count)
    {
        MovedCounts c = count.Counts;
        return string.Create(CultureInfo.InvariantCulture, $"{c.Name}: {c.Copied:N0} runs copied, {c.Unchanged:N0} there already, {c.Points:N0} points, {c.Files:N0} files, {c.Bytes:N0} bytes{(c.Failed > 0 ? $", {c.Failed:N0} failed" : "")}");
    }
}
