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

    public Assessment Read(MlflowFields fields) => AssessmentJson.Read(fields, "a-" + ids.NewId(), time.GetUtcNow());

    private static Assessment Changed(Assessment assessment, string field, MlflowFields given) => field switch
    {
        "assessment_name" or "assessmentName" => assessment with { Name = given.RequiredText("assessment_name") },
        "feedback" => assessment with { Feedback = given.Element("feedback") ?? assessment.Feedback },
        "expectation" => assessment with { Expectation = given.Element("expectation") ?? assessment.Expectation },
        "rationale" => assessment with { Rationale = given.Text("rationale") },
        "metadata" => assessment with { Metadata = given.Map("metadata") },
        "valid" => assessment with { Valid = given.Flag("valid") ?? true },
        _ => throw given.Invalid("update_mask", $"names '{field}', which cannot be changed: assessment_name, feedback, expectation, rationale, metadata or valid"),
    };

    private static string TraceOf(ApiCall call) => call.Path("trace");

    private static string IdOf(ApiCall call) => call.Path("assessment");

    private static Task AnswerAsync(ApiCall call, Assessment assessment) => MlflowCall.AnswerAsync(call, (TraceOf(call), assessment), static (json, answer) =>
    {
        json.WritePropertyName("assessment"u8);
        AssessmentJson.Write(json, answer.Item1, answer.assessment);
    });
}
