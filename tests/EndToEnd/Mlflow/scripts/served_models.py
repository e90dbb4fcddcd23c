"""Models that MLflow's client logged with XGBoost and ONNX, registered there, and answered by this server's /invocations as the library answers."""
from checking import *
import requests

numpy, pandas = module("numpy"), module("pandas")
xgboost = module("xgboost")
# MLflow asks it about a session's options before it saves a graph.
onnxruntime = module("onnxruntime")
onnx = onnxruntime and module("onnx")
if not (numpy and pandas and (xgboost or onnx)):
    skip("without XGBoost or ONNX there is no model that is served here")
mlflow.set_experiment("served")
random = numpy.random.default_rng(7)
x = pandas.DataFrame({"age": random.normal(size=200).round(3), "größe b": random.normal(size=200).round(3)})
y = (x.age + x["größe b"] ** 2 > 0.5).astype(int)
where = {"name" if THREE else "artifact_path": "model"}


def invoked(model, rows):
    body = {"dataframe_split": {"columns": list(rows.columns), "data": rows.values.tolist()}}
    answer = requests.post(f"{URL}/invocations", params={"model": model}, json=body)
    same(f"POST /invocations?model={model} ({answer.text[:200]})", answer.status_code, 200)
    return answer.json()["predictions"]


def near(call, got, want):
    same(f"{call} (how many)", len(got), len(want))
    same(f"{call} (largest difference)", float(numpy.abs(numpy.array(got, dtype=float) - numpy.array(want, dtype=float)).max()) < 1e-5, True)


if xgboost:
    booster = xgboost.train({"objective": "reg:squarederror", "max_depth": 3}, xgboost.DMatrix(x, y), 10)
    signature = mlflow.models.infer_signature(x, booster.predict(xgboost.DMatrix(x)))
    with mlflow.start_run():
        mlflow.xgboost.log_model(booster, registered_model_name="boosted", signature=signature, model_format="ubj", **where)
    client.set_registered_model_alias("boosted", "champion", "1")
    near("pyfunc.load_model(boosted)", mlflow.pyfunc.load_model("models:/boosted@champion").predict(x), booster.predict(xgboost.DMatrix(x)))
    mlflow.xgboost.autolog(log_models=False)
    with mlflow.start_run() as run:
        xgboost.train({"objective": "reg:squarederror", "max_depth": 2}, xgboost.DMatrix(x, y), 5, evals=[(xgboost.DMatrix(x, y), "train")], verbose_eval=False)
    mlflow.xgboost.autolog(disable=True)
    same("xgboost.autolog", (client.get_run(run.info.run_id).data.params["max_depth"], [m.step for m in client.get_metric_history(run.info.run_id, "train-rmse")]), ("2", [0, 1, 2, 3, 4]))
    near("/invocations(boosted)", invoked("boosted@champion", x), booster.predict(xgboost.DMatrix(x)))
if onnx:
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy.array([[0.5], [-2.0]], dtype=numpy.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["xw"]), helper.make_node("Add", ["xw", "b"], ["y"])],
        "line", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(numpy.array([0.25], dtype=numpy.float32), "b")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)])
    model.ir_version = 8
    with mlflow.start_run():
        mlflow.onnx.log_model(model, registered_model_name="line", pip_requirements=[], signature=mlflow.models.infer_signature(x, x[["age"]]), **where)
    want = x.values.astype(numpy.float32) @ weights[:, 0] + 0.25
    near("/invocations(line)", numpy.array(invoked("line/1", x)).reshape(-1), want)
    if hasattr(onnxruntime, "InferenceSession"):
        near("pyfunc.load_model(line)", mlflow.pyfunc.load_model("models:/line/1").predict(x.astype("float32"))["y"], want)
    near("onnx.load_model(line)", numpy_helper.to_array(mlflow.onnx.load_model("models:/line/1").graph.initializer[0])[:, 0], weights[:, 0])
done()
