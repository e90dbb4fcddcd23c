using System.Globalization;

namespace MlOps.Domain.Workflows;

/// <summary>Every workflow and activity a host can run. Filled once at start.</summary>
public sealed class WorkflowCatalog
{
    private readonly Dictionary<string, List<IWorkflow>> _workflows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IActivity> _activities = new(StringComparer.Ordinal);

    public IEnumerable<IWorkflow> Workflows => _workflows.Values.SelectMany(v => v);

    public IEnumerable<IActivity> Activities => _activities.Values;

    /// <summary>
    /// Higher with every new workflow and every new version of one: a program of a lower level may meet instances that it has no code for.
    /// The sum of the latest versions, as <c>12.0</c>, since Durable compares only versions of two parts or more as numbers.
    /// </summary>
    public string Level => string.Create(CultureInfo.InvariantCulture, $"{_workflows.Values.Sum(LatestOf)}.0");

    public WorkflowCatalog Add(IWorkflow workflow)
    {
        if (!_workflows.TryGetValue(workflow.Name, out List<IWorkflow>? versions))
            _workflows[workflow.Name] = versions = [];
        if (versions.Exists(w => w.Version == workflow.Version))
            throw new ArgumentException($"workflow '{workflow.Name}' version '{workflow.Version}' is there already", nameof(workflow));
        versions.Add(workflow);
        return this;
    }

    public WorkflowCatalog Add(IActivity activity)
    {
        if (!_activities.TryAdd(activity.Name, activity))
            throw new ArgumentException($"activity '{activity.Name}' is there already", nameof(activity));
        return this;
    }

    /// <summary>The version that new instances of the workflow begin with, or null when the name is unknown.</summary>
    public IWorkflow? FindLatest(string name) => _workflows.TryGetValue(name, out List<IWorkflow>? versions) ? versions[^1] : null;

    public IWorkflow? Find(string name, string version) => _workflows.GetValueOrDefault(name)?.Find(w => w.Version == version);

    public IReadOnlyList<string> VersionsOf(string name) => _workflows.TryGetValue(name, out List<IWorkflow>? versions) ? [.. versions.Select(w => w.Version)] : [];

    public IActivity? FindActivity(string name) => _activities.GetValueOrDefault(name);

    private static int LatestOf(List<IWorkflow> versions) => int.TryParse(versions[^1].Version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : versions.Count;
}
