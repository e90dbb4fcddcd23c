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
    // Made when they are needed: `mlops serve` needs neither, and its start is to be short.
    private static readonly Lazy<JsonSerializerOptions> Indented = new(() => new(WorkflowJson.Options) { WriteIndented = true });
    private readonly Lazy<IAnsiConsole> _console;

    /// <summary>Where nobody's terminal sets a width, lines are wide enough that tables do not wrap.</summary>
    private const int FileWidth = 200;

    private readonly TextWriter _stdout;
    private readonly TextWriter _stderr;

    public CommandOutput(TextWriter stdout, TextWriter stderr, bool json)
    {
        _stdout = stdout;
        _stderr = stderr;
        IsJson = json;
        _console = new(() => ConsoleOn(stdout));
    }

    public bool IsJson { get; }

    /// <summary>For people; never written to with --json.</summary>
    public IAnsiConsole Console => _console.Value;

    /// <summary>True when a person watches: progress bars may move.</summary>
    public bool IsLive => !IsJson && Console.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>The command's answer: the document as JSON, or what <paramref name="forPeople"/> draws of it.</summary>
    public void Show<T>(T document, Action<IAnsiConsole, T> forPeople)
    {
        if (IsJson)
            _stdout.WriteLine(JsonSerializer.Serialize(document, Indented.Value));
        else
            forPeople(Console, document);
    }

    /// <summary>As <see cref="Show{T}"/>, of lines that are written as they are.</summary>
    public void ShowLines<T>(T document, Func<T, IEnumerable<string>> forPeople)
    {
        if (IsJson)
        {
            Show(document, (_, _) => { });
            return;
        }

        foreach (string line in forPeople(document))
            _stdout.WriteLine(line);
    }

    public void Line(string text)
    {
        if (!IsJson)
            Console.MarkupLine(text);
    }

    public void Fail(string code, string message)
    {
        if (IsJson)
            _stdout.WriteLine(JsonSerializer.Serialize(new { error = new { code, message } }, Indented.Value));
        else
            _stderr.WriteLine($"error: {message}");
    }

    private static IAnsiConsole ConsoleOn(TextWriter stdout)
    {
        bool person = ReferenceEquals(stdout, System.Console.Out) && !System.Console.IsOutputRedirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(stdout),
            Ansi = person ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = person ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = person ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!person)
            console.Profile.Width = FileWidth;
        return console;
    }
}
