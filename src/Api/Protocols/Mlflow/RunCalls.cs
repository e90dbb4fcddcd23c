using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/runs/{create,get,update,delete,restore}</c> answer.</summary>
internal sealed class RunCalls(ExperimentTracker tracker, IIdSource ids, TimeProvider time)
{
    private static readonly Dictionary<string, int> Statuses = new(StringComparer.Ordinal)
    {
        ["RUNNING"] = 1,
        ["SCHEDULED"] = 2,
        ["FINISHED"] = 3,
        ["FAILED"] = 4,
        ["KILLED"] = 5,
    };

    public async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        string experimentId = fields.Text("experiment_id") is { Length: > 0 } given ? given : Experiment.DefaultId;
        string id = ids.NewId();
        Dictionary<string, string> tags = MlflowLimits.RunTags(fields);
        string name = NameOf(fields, tags, id);
        tags[RunTags.Name] = name;
        DateTimeOffset start = Time(fields, "start_time") ?? time.GetUtcNow();
        Run run = await tracker.StartRunAsync(new RunStart(id, "", name, RunLineage.None, tags, fields.Text("user_id"), start) { ExperimentId = experimentId }, call.Aborted);
        await MlflowCall.AnswerAsync(call, run, static (json, created) =>
        {
            json.WriteStartObject("run"u8);
            MlflowJson.Begun(json, created);
            json.WriteEndObject();
        });
    }

    public async Task GetAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(call, await tracker.GetRunAsync(IdOf(fields), call.Aborted));

    public async Task UpdateAsync(ApiCall call, MlflowFields fields)
    {
        string id = IdOf(fields);
        string? name = fields.Text("run_name") is { Length: > 0 } given ? given : null;
        var changes = new RunChanges
        {
            IsForeign = true,
            Name = name,
            Tags = name is null ? RunTags.None : new Dictionary<string, string?> { [RunTags.Name] = MlflowLimits.Cut(name, MlflowLimits.TagChars) },
            Status = fields.Choice("status", Statuses) is { } status ? (RunStatus)(status - 1) : null,
            EndedAt = Time(fields, "end_time"),
        };
        await tracker.LogAsync(id, changes, call.Aborted);
        await MlflowCall.AnswerAsync(call, await tracker.GetRunAsync(id, call.Aborted), static (json, run) =>
        {
            json.WritePropertyName("run_info"u8);
            MlflowJson.Info(json, run);
        });
    }

    public async Task DeleteAsync(ApiCall call, MlflowFields fields)
    {
        await tracker.DeleteRunAsync(fields.RequiredText("run_id"), call.Aborted, isForeign: true);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task RestoreAsync(ApiCall call, MlflowFields fields)
    {
        await tracker.RestoreRunAsync(fields.RequiredText("run_id"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>The run that a call means: clients of old name it <c>run_uuid</c>.</summary>
    public static string IdOf(MlflowFields fields) => fields.Text("run_id") is { Length: > 0 } id ? id
        : fields.Text("run_uuid") is { Length: > 0 } uuid ? uuid
        : fields.RequiredText("run_id");

    private static string NameOf(MlflowFields fields, Dictionary<string, string> tags, string id)
    {
        string? name = fields.Text("run_name") is { Length: > 0 } given ? given : null;
        string? tag = tags.GetValueOrDefault(RunTags.Name) is { Length: > 0 } tagged ? tagged : null;
        if (name is not null && tag is not null && name != tag)
            throw fields.Invalid("run_name", $"is '{name}', and the tag {RunTags.Name} is '{tag}': give one of them, or the same twice");
        return name ?? tag ?? RunNames.Of(id);
    }

    private static DateTimeOffset? Time(MlflowFields fields, string name) => fields.Integer(name) switch
    {
        null or 0 => null,
        { } milliseconds => UnixTime.OfRun(milliseconds) ?? throw fields.Invalid(name, UnixTime.ExpectedOfRun(milliseconds)),
    };

    private static Task AnswerAsync(ApiCall call, Run run) => MlflowCall.AnswerAsync(call, run, static (json, r) =>
    {
        json.WritePropertyName("run"u8);
        MlflowJson.Run(json, r);
    });
}
