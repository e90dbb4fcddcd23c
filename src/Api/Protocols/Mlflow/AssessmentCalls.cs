using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/traces/{trace}/assessments...</c> answer.</summary>
internal sealed class AssessmentCalls(TraceLog traces, IIdSource ids, TimeProvider time)
{
    public async Task CreateAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await traces.AssessAsync(TraceOf(call), Read(fields.RequiredObject("assessment")), call.Aborted));

    public async Task GetAsync(ApiCall call) => await AnswerAsync(call, await traces.GetAssessmentAsync(TraceOf(call), IdOf(call), call.Aborted));

    public async Task UpdateAsync(ApiCall call, MlflowFields fields)
    {
        MlflowFields given = fields.RequiredObject("assessment");
        // protobuf writes a mask as one text, in camel case.
        string[] mask = fields.RequiredText("update_mask").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        await AnswerAsync(call, await traces.UpdateAssessmentAsync(TraceOf(call), IdOf(call), a => mask.Aggregate(a, (changed, field) => Changed(changed, field, given)), call.Aborted));
    }

    public async Task DeleteAsync(ApiCall call)
    {
        await traces.DeleteAssessmentAsync(TraceOf(call), IdOf(call), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>Those of a trace that is stored; whichever has no id gets one that the same trace gives it again.</summary>
    public IReadOnlyList<Assessment> ReadAll(string traceId, MlflowFields trace)
    {
        DateTimeOffset now = time.GetUtcNow();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var all = new List<Assessment>();
        foreach (MlflowFields fields in trace.Objects("assessments"))
        {
            string id = AssessmentJson.IdOf(traceId, fields, 0);
            for (int same = 1; !known.Add(id); same++)
                id = AssessmentJson.IdOf(traceId, fields, same);
            all.Add(AssessmentJson.Read(fields, id, now));
        }

        return all;
    }

    private Assessment Read(MlflowFields fields) => AssessmentJson.Read(fields, "a-" + ids.NewId(), time.GetUtcNow());

    /// <summary>As MLflow's server: metadata is added to, and what cannot be changed is passed over.</summary>
    private static Assessment Changed(Assessment assessment, string field, MlflowFields given) => field switch
    {
        "assessment_name" or "assessmentName" => assessment with { Name = given.RequiredText("assessment_name") },
        "feedback" when assessment.Feedback is null => throw given.Invalid("feedback", "cannot be updated: the assessment is no feedback"),
        "feedback" => assessment with { Feedback = AssessmentJson.Feedback(given) ?? throw given.Missing("feedback") },
        "expectation" when assessment.Expectation is null => throw given.Invalid("expectation", "cannot be updated: the assessment is no expectation"),
        "expectation" => assessment with { Expectation = AssessmentJson.Expectation(given) ?? throw given.Missing("expectation") },
        "rationale" => assessment with { Rationale = given.Text("rationale") },
        "metadata" => assessment with { Metadata = AssessmentJson.Merged(assessment.Metadata, given.Map("metadata")) },
        "valid" => assessment with { Valid = given.Flag("valid") ?? true },
        _ => assessment,
    };

    private static string TraceOf(ApiCall call) => call.Path("trace");

    private static string IdOf(ApiCall call) => call.Path("assessment");

    private static Task AnswerAsync(ApiCall call, Assessment assessment) => MlflowCall.AnswerAsync(call, (TraceOf(call), assessment), static (json, answer) =>
    {
        json.WritePropertyName("assessment"u8);
        AssessmentJson.Write(json, answer.Item1, answer.assessment);
    });
}
