using System.CommandLine;

namespace MlOps.Cli.Commands;

/// <summary>A command that can say what state it leaves behind when it is stopped by Ctrl-C.</summary>
internal sealed class Verb(string name, string description, string whenStopped = Verb.Unchanged) : Command(name, description)
{
    /// <summary>For commands that only read.</summary>
    public const string Unchanged = "nothing was changed";

    /// <summary>For commands that write a file at their end.</summary>
    public const string Unwritten = "nothing was written";

    /// <summary>For one request that changes something.</summary>
    public const string Undecided = "whether the change was made is not known: look before you repeat it";

    /// <summary>For commands that start or steer a pipeline run and watch it.</summary>
    public const string Kept =
        "a run that had begun is kept, not cancelled: the server goes on with it, and without one the next `mlops serve` does; `mlops pipeline list` shows it";

    public string WhenStopped { get; } = whenStopped;
}
