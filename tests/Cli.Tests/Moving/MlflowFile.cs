using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Tests.Moving;

/// <summary>An SQLite file in the shape of MLflow's, as far as a test needs it.</summary>
internal sealed class MlflowFile
{
    private readonly string _path;

    /// <param name="isOld">Without the columns and tables that came in the course of version 2.</param>
    public MlflowFile(string path, bool isOld = false)
    {
        _path = path;
        Run($"CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256) UNIQUE, artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32){(isOld ? "" : ", creation_time BIGINT, last_update_time BIGINT")})");
        Run("CREATE TABLE experiment_tags (key VARCHAR(250), value VARCHAR(5000), experiment_id INTEGER)");
        Run("CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER)");
        foreach (string table in new[] { "params", "tags" })
            Run($"CREATE TABLE {table} (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32))");
        foreach (string table in new[] { "metrics", "latest_metrics" })
            Run($"CREATE TABLE {table} (key VARCHAR(250), value FLOAT, timestamp BIGINT, run_uuid VARCHAR(32), step BIGINT{(isOld ? "" : ", is_nan BOOLEAN")})");
        if (!isOld)
        {
            Run("CREATE TABLE datasets (dataset_uuid VARCHAR(36), experiment_id INTEGER, name VARCHAR(500), digest VARCHAR(36), dataset_source_type VARCHAR(36), dataset_source TEXT, dataset_schema TEXT, dataset_profile TEXT)");
            Run("CREATE TABLE inputs (input_uuid VARCHAR(36), source_type VARCHAR(36), source_id VARCHAR(36), destination_type VARCHAR(36), destination_id VARCHAR(36))");
            Run("CREATE TABLE input_tags (input_uuid VARCHAR(36), name VARCHAR(255), value VARCHAR(500))");
        }

        Run("INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) VALUES (0, 'Default', './mlruns/0', 'active')");
    }

    public void Experiment(int id, string name, string stage = "active") =>
        Run("INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) VALUES ($id, $name, 'x', $stage)", ("$id", id), ("$name", name), ("$stage", stage));

    public void Run(string id, int experiment, string artifactUri, string stage = "active", string status = "FINISHED") => Run(
        "INSERT INTO runs VALUES ($id, $name, 'ann', $status, 1700000000000, 1700000001000, $stage, $uri, $experiment)",
        ("$id", id), ("$name", "run " + id), ("$status", status), ("$stage", stage), ("$uri", artifactUri), ("$experiment", experiment));

    public void Param(string run, string key, string value) => Run("INSERT INTO params VALUES ($key, $value, $run)", ("$key", key), ("$value", value), ("$run", run));

    public void Metric(string run, string key, double value, int step, bool isNan = false)
    {
        foreach (string table in new[] { "metrics", "latest_metrics" })
        {
            if (table == "latest_metrics")
                Run("DELETE FROM latest_metrics WHERE run_uuid = $run AND key = $key", ("$run", run), ("$key", key));
            Run($"INSERT INTO {table} VALUES ($key, $value, $time, $run, $step, $nan)", ("$key", key), ("$value", value), ("$time", 1_700_000_000_000 + step), ("$run", run), ("$step", step), ("$nan", isNan ? 1 : 0));
        }
    }

    public void Run(string sql, params (string Name, object Value)[] values)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ConnectionString);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are this file's and its tests'
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object value) in values)
            command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }
}
