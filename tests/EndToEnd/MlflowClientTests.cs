using System.Diagnostics;
using MlOps.Contracts;
using MlOps.Domain.Experiments;

namespace MlOps.EndToEnd;

/// <summary>
/// MLflow's own Python client against a server of ours. Needs a Python that can import <c>mlflow</c>: <c>python3</c>, or the one that
/// <c>MLOPS_MLFLOW_PYTHON</c> names.
/// </summary>
public sealed class MlflowClientTests(OneServer one) : IClassFixture<OneServer>
{
    private static readonly string Python = Environment.GetEnvironmentVariable("MLOPS_MLFLOW_PYTHON") ?? "python3";

    [SkippableFact]
    public async Task Client_LogsSearchesAndDownloads_AndWeSeeTheSameRuns()
    {
        Skip.IfNot(await CanImportAsync(), "no Python here can import mlflow: pip install mlflow-skinny, or name a Python that has it in MLOPS_MLFLOW_PYTHON");

        (int code, string output) = await RunAsync(Script, one.Server.Urls[0]);

        Assert.True(code == 0, output);
        ExperimentTracker tracker = one.Server.Platform.Experiments;
        Run run = await tracker.ListRunsAsync("from python", default).FirstAsync(r => r.Name == "second");
        Assert.Equal(("2", 0.5, RunStatus.Finished), (run.Params["depth"], run.Metrics["val loss"], run.Status));
        Assert.Equal(["notes/Größe %.txt"], (await tracker.ListArtifactsAsync(run.Id, default)).Select(a => a.Path));
    }

    [SkippableFact]
    public async Task Client_LogsAModelAndTraces_AndLoadsThemAgain()
    {
        Skip.IfNot(await CanImportAsync(), "no Python here can import mlflow: pip install mlflow scikit-learn, or name a Python that has them in MLOPS_MLFLOW_PYTHON");
        Skip.IfNot((await RunAsync("import sklearn, pandas")).Code == 0, "this Python has no scikit-learn and pandas");

        (int code, string output) = await RunAsync(ModelScript, one.Server.Urls[0]);

        Assert.True(code == 0, output);
    }

    private const string ModelScript = """
        import os, sys
        os.environ["MLFLOW_TRACKING_URI"] = sys.argv[1]
        import mlflow, numpy as np, pandas as pd
        from sklearn.linear_model import LogisticRegression
        client = mlflow.tracking.MlflowClient()
        three = mlflow.__version__ >= "3"
        experiment = mlflow.set_experiment("models from python").experiment_id
        x = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)[::-1]})
        model = LogisticRegression().fit(x, x.a > 9)
        with mlflow.start_run() as run:
            mlflow.log_input(mlflow.data.from_pandas(x, name="toy"), context="training")
            info = mlflow.sklearn.log_model(model, **{"name" if three else "artifact_path": "clf"})
            if three:
                mlflow.log_metric("auc", 0.8, model_id=info.model_id)
        for uri in [info.model_uri, f"runs:/{run.info.run_id}/clf"]:
            assert (mlflow.pyfunc.load_model(uri).predict(x) == model.predict(x)).all(), uri
        if three:
            logged = mlflow.get_logged_model(info.model_id)
            assert (logged.status, logged.name, [(m.key, m.value) for m in logged.metrics]) == ("READY", "clf", [("auc", 0.8)]), logged
            assert [o.model_id for o in mlflow.get_run(run.info.run_id).outputs.model_outputs] == [info.model_id]
            assert [m.model_id for m in client.search_logged_models([experiment], "metrics.auc > 0.5 AND name = 'clf'")] == [info.model_id]

        @mlflow.trace
        def answer(question):
            with mlflow.start_span("inner") as span:
                span.set_inputs({"question": question})
            return 42

        answer("?")
        if three:
            mlflow.flush_trace_async_logging()
        traces = client.search_traces([experiment])
        assert [len(t.data.spans) for t in traces] == [2], traces
        if tuple(int(part) for part in mlflow.__version__.split(".")[:2]) >= (3, 4):
            # Sent one by one, and read from the server; no file of the client's.
            assert traces[0].info.tags.get("mlflow.trace.spansLocation") == "TRACKING_STORE", traces[0].info.tags
            assert [s.name for s in mlflow.get_trace(traces[0].info.trace_id).data.spans] == ["answer", "inner"]
        client.set_trace_tag(traces[0].info.request_id, "hello", "you")
        assert len(client.search_traces([experiment], "tags.hello = 'you'")) == 1
        if three:
            mlflow.log_feedback(trace_id=traces[0].info.trace_id, name="good", value=True)
            assert [a.name for a in mlflow.get_trace(traces[0].info.trace_id).info.assessments] == ["good"]
        assert client.delete_traces(experiment, **{"trace_ids" if three else "request_ids": [traces[0].info.request_id]}) == 1
        """;

    private const string Script = """
        import os, sys, tempfile
        os.environ["MLFLOW_TRACKING_URI"] = sys.argv[1]
        import mlflow
        client = mlflow.tracking.MlflowClient()
        mlflow.set_experiment("from python")
        experiment = client.get_experiment_by_name("from python").experiment_id
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "Größe %.txt")
        with open(path, "w", encoding="utf-8") as f:
            f.write("hello")
        for depth, (name, loss) in enumerate([("first", float("nan")), ("second", 0.5), ("third", 0.7)], 1):
            with mlflow.start_run(run_name=name) as run:
                mlflow.log_param("depth", depth)
                for step in range(3):
                    mlflow.log_metric("val loss", loss if step == 2 else 1.0 + step, step=step)
                mlflow.set_tags({"team": "crm", "x.y": "1"})
                mlflow.log_artifact(path, "notes")
        found = client.search_runs([experiment], "tags.`x.y` = '1' and metrics.`val loss` < 1", order_by=["metrics.`val loss` DESC"])
        assert [r.info.run_name for r in found] == ["third", "second"], found
        ordered = client.search_runs([experiment], order_by=["metrics.`val loss` ASC"], max_results=2)
        assert [r.info.run_name for r in ordered] == ["second", "third"] and ordered.token, ordered
        assert [r.info.run_name for r in client.search_runs([experiment], order_by=["metrics.`val loss` ASC"], max_results=2, page_token=ordered.token)] == ["first"]
        third = found[0].info.run_id
        assert [(m.step, m.value) for m in client.get_metric_history(third, "val loss")] == [(0, 1.0), (1, 2.0), (2, 0.7)]
        with open(client.download_artifacts(third, "notes/Größe %.txt"), encoding="utf-8") as f:
            assert f.read() == "hello"
        client.delete_run(third)
        assert len(client.search_runs([experiment])) == 2 and client.get_run(third).info.lifecycle_stage == "deleted"
        try:
            client.log_param(third, "a", "b")
            raise AssertionError("a deleted run was written to")
        except mlflow.exceptions.MlflowException as e:
            assert e.error_code == "INVALID_PARAMETER_VALUE", e
        client.restore_run(third)
        assert len(client.search_runs([experiment])) == 3
        """;

    private static async Task<bool> CanImportAsync()
    {
        try
        {
            return (await RunAsync("import mlflow")).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, ["-c", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment.Remove("MLFLOW_TRACKING_TOKEN");
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
