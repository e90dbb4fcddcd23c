namespace MlOps.Cli.Tests.Moving;

/// <summary>The tables of registered models, logged models and traces, as MLflow 3 has them, with the rows that a test needs.</summary>
internal static class MlflowModelTables
{
    public static void AddRegistry(this MlflowFile file)
    {
        file.Run("CREATE TABLE registered_models (name VARCHAR(256), creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000))");
        file.Run("CREATE TABLE registered_model_tags (name VARCHAR(256), key VARCHAR(250), value VARCHAR(5000))");
        file.Run("CREATE TABLE registered_model_aliases (name VARCHAR(256), alias VARCHAR(256), version INTEGER)");
        file.Run("CREATE TABLE model_versions (name VARCHAR(256), version INTEGER, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000), user_id VARCHAR(256), current_stage VARCHAR(20), source VARCHAR(500), run_id VARCHAR(32), run_link VARCHAR(500), status VARCHAR(20), storage_location VARCHAR(500))");
        file.Run("CREATE TABLE model_version_tags (name VARCHAR(256), version INTEGER, key VARCHAR(250), value VARCHAR(5000))");
    }

    public static void Registered(this MlflowFile file, string name, string? description = null) => file.Run(
        "INSERT INTO registered_models VALUES ($name, 1700000000000, NULL, $description)", ("$name", name), ("$description", (object?)description ?? DBNull.Value));

    public static void Version(this MlflowFile file, string name, int number, string source, string? run = null, string stage = "None") => file.Run(
        "INSERT INTO model_versions VALUES ($name, $number, $time, NULL, $text, 'ann', $stage, $source, $run, NULL, 'READY', NULL)",
        ("$name", name), ("$number", number), ("$time", 1_700_000_000_000 + number), ("$text", $"number {number}"), ("$stage", stage), ("$source", source), ("$run", (object?)run ?? DBNull.Value));

    public static void Alias(this MlflowFile file, string name, string alias, int version)
    {
        file.Run("DELETE FROM registered_model_aliases WHERE name = $name AND alias = $alias", ("$name", name), ("$alias", alias));
        file.Run("INSERT INTO registered_model_aliases VALUES ($name, $alias, $version)", ("$name", name), ("$alias", alias), ("$version", version));
    }

    /// <summary>One of experiment 1, made by a run and used by it, with a param, a tag and a metric on a data set.</summary>
    public static void AddLoggedModel(this MlflowFile file, string id, string run)
    {
        file.Run("CREATE TABLE logged_models (model_id VARCHAR(36), experiment_id INTEGER, name VARCHAR(500), artifact_location VARCHAR(1000), creation_timestamp_ms BIGINT, last_updated_timestamp_ms BIGINT, status INTEGER, lifecycle_stage VARCHAR(32), model_type VARCHAR(500), source_run_id VARCHAR(32), status_message VARCHAR(1000))");
        file.Run("CREATE TABLE logged_model_params (model_id VARCHAR(36), experiment_id INTEGER, param_key VARCHAR(255), param_value TEXT)");
        file.Run("CREATE TABLE logged_model_tags (model_id VARCHAR(36), experiment_id INTEGER, tag_key VARCHAR(255), tag_value TEXT)");
        file.Run("CREATE TABLE logged_model_metrics (model_id VARCHAR(36), metric_name VARCHAR(500), metric_timestamp_ms BIGINT, metric_step BIGINT, metric_value FLOAT, experiment_id INTEGER, run_id VARCHAR(32), dataset_uuid VARCHAR(36), dataset_name VARCHAR(500), dataset_digest VARCHAR(36))");
        file.Run($"INSERT INTO logged_models VALUES ('{id}', 1, 'clf', '/elsewhere/mlruns/1/models/{id}/artifacts', 1700000000500, 1700000000600, 2, 'active', 'Classifier', '{run}', NULL)");
        file.Run($"INSERT INTO logged_models VALUES ('m-gone', 1, 'gone', 'x', 1700000000500, 1700000000600, 2, 'deleted', NULL, '{run}', NULL)");
        file.Run($"INSERT INTO logged_model_params VALUES ('{id}', 1, 'depth', '6')");
        file.Run($"INSERT INTO logged_model_tags VALUES ('{id}', 1, 'kind', 'tree')");
        file.Metric(run, "auc", 0.75, 3);
        file.Run($"INSERT INTO logged_model_metrics VALUES ('{id}', 'auc', 1700000000003, 3, 0.75, 1, '{run}', NULL, 'toy', 'd1')");
        file.Run("ALTER TABLE inputs ADD COLUMN step BIGINT DEFAULT 0");
        file.Run($"INSERT INTO inputs VALUES ('i8', 'RUN_INPUT', '{run}', 'MODEL_INPUT', '{id}', 0), ('i9', 'RUN_OUTPUT', '{run}', 'MODEL_OUTPUT', '{id}', 7)");
    }

    /// <summary>One of experiment 1, made under a run, with an assessment, and with spans as rows.</summary>
    public static void AddTrace(this MlflowFile file, string id, string run)
    {
        file.Run("CREATE TABLE trace_info (request_id VARCHAR(50), experiment_id INTEGER, timestamp_ms BIGINT, execution_time_ms BIGINT, status VARCHAR(50), client_request_id VARCHAR(50), request_preview VARCHAR(1000), response_preview VARCHAR(1000))");
        file.Run("CREATE TABLE trace_tags (key VARCHAR(250), value VARCHAR(8000), request_id VARCHAR(50))");
        file.Run("CREATE TABLE trace_request_metadata (key VARCHAR(250), value VARCHAR(8000), request_id VARCHAR(50))");
        file.Run("CREATE TABLE assessments (assessment_id VARCHAR(50), trace_id VARCHAR(50), name VARCHAR(250), assessment_type VARCHAR(50), value TEXT, error TEXT, created_timestamp BIGINT, last_updated_timestamp BIGINT, source_type VARCHAR(50), source_id VARCHAR(250), run_id VARCHAR(32), span_id VARCHAR(50), rationale TEXT, overrides VARCHAR(50), valid BOOLEAN, assessment_metadata TEXT)");
        file.Run("CREATE TABLE spans (trace_id VARCHAR(50), span_id VARCHAR(50), start_time_unix_nano BIGINT, content TEXT)");
        file.Run($"INSERT INTO trace_info VALUES ('{id}', 1, 1700000000000, 1500, 'OK', NULL, 'what?', '42')");
        file.Run($"INSERT INTO trace_tags VALUES ('mlflow.traceName', 'answer', '{id}'), ('mlflow.trace.spansLocation', 'TRACKING_STORE', '{id}')");
        file.Run($"INSERT INTO trace_request_metadata VALUES ('mlflow.sourceRun', '{run}', '{id}')");
        file.Run($"INSERT INTO assessments VALUES ('a-1', '{id}', 'good', 'feedback', 'true', NULL, 1700000000000, 1700000000000, 'HUMAN', 'ann', NULL, NULL, 'why not', NULL, 1, '{{\"a\": \"b\"}}')");
        file.Run($"INSERT INTO assessments VALUES ('a-2', '{id}', 'truth', 'expectation', '{{\"x\": [1]}}', NULL, 1700000000000, 1700000000000, 'HUMAN', 'ann', NULL, NULL, NULL, NULL, 1, NULL)");
        file.Run($"INSERT INTO spans VALUES ('{id}', 's2', 2, '{{\"name\": \"inner\"}}'), ('{id}', 's1', 1, '{{\"name\": \"answer\"}}')");
    }
}
