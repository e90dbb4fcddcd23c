using System.Text.Json;
using MlOps.Domain.Workflows;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>
/// Where a command writes. With --json: exactly one JSON document on stdout. Otherwise tables and progress for people on stdout,
/// errors on stderr.
/// </summary>
internal sealed class CommandOutput
{
    private static readonly JsonSerializerOptions Indented = new(WorkflowJson.Options) { WriteIndented = true };

    /// <summary>Where nobody's terminal sets a width, lines are wide enough that tables do not wrap.</summary>
    private const int FileWidth = 200;

    private readonly TextWriter _stdout;
    private readonly TextWriter _stderr;

    public CommandOutput(TextWriter stdout, TextWriter stderr, bool json)
    {
        _stdout = stdout;
        _stderr = stderr;
        IsJson = json;
        bool person = ReferenceEquals(stdout, System.Console.Out) && !System.Console.IsOutputRedirected;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(stdout),
            Ansi = person ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = person ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = person ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!person)
            Console.Profile.Width = FileWidth;
    }

    public bool IsJson { get; }

    /// <summary>For people; never written to with --json.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>True when a person watches: progress bars may move.</summary>
    public bool IsLive => !IsJson && Console.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>The command's answer: the document as JSON, or what <paramref name="forPeople"/> draws of it.</summary>
    public void Show<T>(T document, Action<IAnsiConsole, T> forPeople)
    {
        if (IsJson)
            _stdout.WriteLine(JsonSerializer.Serialize(document, Indented));
        else
            forPeople(Console, document);
    }

    public void Line(string text)
    {
        if (!IsJson)
            Console.MarkupLine(text);
    }

    public void Fail(string code, string message)
    {
        if (IsJson)
            _stdout.WriteLine(JsonSerializer.Serialize(new { error = new { code, message } }, Indented));
        else
            _stderr.WriteLine($"error: {message}");
    }
}
