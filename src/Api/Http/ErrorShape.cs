namespace MlOps.Api.Http;

/// <summary>In which protocol's words an endpoint tells of an error.</summary>
internal enum ErrorShape
{
    /// <summary>RFC 9457 problem details with our <c>code</c>.</summary>
    Problem,

    /// <summary>Open Inference Protocol, TensorFlow Serving and KServe: <c>{"error": text}</c>.</summary>
    OpenInference,

    /// <summary>MLflow scoring: <c>{"error_code": NAME, "message": text}</c>.</summary>
    Mlflow,

    /// <summary>MLflow's tracking and registry: the same with that API's own codes and statuses, which its clients raise by.</summary>
    MlflowTracking,

    /// <summary>SageMaker's runtime: <c>{"message": text}</c>, and the kind of error in the header <c>x-amzn-ErrorType</c>.</summary>
    SageMaker,
}
