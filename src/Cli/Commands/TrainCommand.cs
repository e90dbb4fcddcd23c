using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Training;
using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>`mlops train`: from a file to a model file, without a data directory.</summary>
internal static class TrainCommand
{
    /// <summary>Rows held out for metrics, and as many for early stopping, when that is asked for and no share is given.</summary>
    private const double EarlyStopHoldOut = 0.1;

    private static readonly Option<string> Input = new("--input") { Description = "The training rows: CSV or JSON Lines.", Required = true };
    private static readonly Option<string> Target = new("--target") { Description = "The column to predict.", Required = true };
    private static readonly Option<string?> Weight = new("--weight") { Description = "The column that says how much each row counts, in the fit and in its metrics; never a feature." };
    private static readonly Option<LearningTask> Task = new("--task") { Description = "binary, multiclass or regression.", Required = true, CustomParser = OptionValue.Choice<LearningTask>() };
    private static readonly Option<string> Trainer = new("--trainer") { Description = TrainerHelp.Names + "; auto tries linear, gbdt and forest and takes the best.", DefaultValueFactory = _ => "gbdt" };
    private static readonly Option<Dictionary<string, string>> Set = KeyValue.Option("--set", "A parameter of the trainer, as in trees=200." + TrainerHelp.Parameters);
    private static readonly Option<Dictionary<string, string>> Types = KeyValue.Option("--type", "A column's type instead of the inferred one: zip=category.");
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Decides every random choice.", DefaultValueFactory = _ => 42, CustomParser = OptionValue.Number<ulong>("a whole number from 0", _ => true) };
    private static readonly Option<int> Threads = new("--threads") { Description = "0: one per processor. Never changes the model.", DefaultValueFactory = _ => 0, CustomParser = OptionValue.Number<int>("a whole number from 0", n => n >= 0) };
    private static readonly Option<double?> HoldOut = new("--hold-out") { Description = "Share of rows kept for metrics (default 0; 0.1 with earlyStop); with earlyStop as many others are kept for it, so that metrics are of rows that decided nothing.", CustomParser = OptionValue.OptionalNumber<double>("a share from 0 to below 1", n => n is >= 0 and < 1) };
    private static readonly Option<string> Out = new("--out") { Description = "The model file to write.", Required = true };

    public static Command Create()
    {
        var command = new Verb("train", "Train a model file from a data file.", Verb.Unwritten) { Input, Target, Weight, Task, Trainer, Set, Types, Seed, Threads, HoldOut, Out, TableFile.Delimiter };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CommandOutput output = parsed.Output();
        AtomicFile.Check(parsed.GetRequiredValue(Out));
        ITrainer trainer = AutoTrainer.AddTo(EditionInvocation.Of(parsed).Trainers).Get(parsed.GetRequiredValue(Trainer));
        int threads = parsed.GetValue(Threads);
        long start = Stopwatch.GetTimestamp();
        TrainingSpec spec = SpecOf(parsed, threads);
        TrainerParameters.Check(trainer, spec.Parameters);
        (Table training, Table? watched, Table? held, int rows) = Divide(await ReadAsync(parsed, trainer, spec, cancellationToken), parsed, trainer, spec, cancellationToken);
        double secondsRead = Stopwatch.GetElapsedTime(start).TotalSeconds;

        start = Stopwatch.GetTimestamp();
        (IModel model, AutoReport? auto) = await FitAsync(trainer, spec, training, watched ?? held, output, cancellationToken);
        double secondsFit = Stopwatch.GetElapsedTime(start).TotalSeconds;

        MetricSet metrics = ModelMetrics.Compute(model, held ?? training, spec.Target, spec.Weight);
        MetricSet baseline = BaselineFigures.Of(spec, training, held ?? training);
        string hash = await SaveAsync(model, parsed.GetRequiredValue(Out), cancellationToken);
        var trained = new Trained(
            parsed.GetRequiredValue(Out), rows, model.Signature.Inputs.Count, secondsRead, secondsFit, watched?.RowCount, held is null ? "training" : "holdOut", metrics.Values, baseline.Values, model.Trainer, hash, auto);
        output.Show(trained, Write);
        return ExitCodes.Done;
    }

    private static TrainingSpec SpecOf(ParseResult parsed, int threads) => new()
    {
        Task = parsed.GetValue(Task),
        Target = parsed.GetRequiredValue(Target),
        Weight = parsed.GetValue(Weight),
        Parameters = parsed.GetRequiredValue(Set),
        Seed = parsed.GetValue(Seed),
        Threads = threads,
    };

    private static double HoldOutShare(ParseResult parsed) => parsed.GetValue(HoldOut)
        ?? (StopsEarly(parsed.GetRequiredValue(Set)) ? EarlyStopHoldOut : 0);

    private static bool StopsEarly(IReadOnlyDictionary<string, string> parameters) => parameters.GetValueOrDefault("earlyStop", "0") != "0";

    /// <summary>Rows to hold out are chosen by their values, so then the whole table is read.</summary>
    private static Task<Table> ReadAsync(ParseResult parsed, ITrainer trainer, TrainingSpec spec, CancellationToken cancellationToken)
    {
        (string path, char? delimiter) = (parsed.GetRequiredValue(Input), parsed.GetValue(TableFile.Delimiter));
        IReadOnlyDictionary<string, ColumnType> types = ColumnTypes.Parse(parsed.GetRequiredValue(Types));
        return HoldOutShare(parsed) == 0
            ? TableFile.ReadToTrainAsync(path, types, trainer, spec, delimiter, cancellationToken)
            : TableFile.ReadAsync(path, types, spec.Threads, delimiter, cancellationToken);
    }

    /// <summary>
    /// The rows that early stopping watches are none that metrics are of: its round is the best on them. Nothing holds on to a table that is
    /// divided.
    /// </summary>
    private static (Table Training, Table? Watched, Table? Held, int Rows) Divide(Table table, ParseResult parsed, ITrainer trainer, TrainingSpec spec, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(Input);
        if (TargetCheck.Problems(table, spec.Target, spec.Task, TableFile.FormatOf(path)).ToArray() is { Length: > 0 } problems)
            throw MlOpsException.Invalid("target-missing", $"{path}: {string.Join("; ", problems)}");
        double share = HoldOutShare(parsed);
        if (share == 0)
            return (table, null, null, table.RowCount);
        bool twice = StopsEarly(spec.Parameters);
        if (twice && share >= 0.5)
            throw MlOpsException.Invalid("hold-out", FormattableString.Invariant($"--hold-out {share} leaves no rows to train on: with earlyStop that share is kept twice, for metrics and for stopping; give less than 0.5"));
        DataSplit split = DataSplitter.Split(table, new SplitSpec(Test: share, Validation: twice ? share : 0, Seed: spec.Seed), spec.Target, spec.Task);
        var rows = new TrainingRows(trainer, spec, table, split.Train, cancellationToken);
        return (rows.Training, twice ? rows.Take(split.Validation) : null, rows.Take(split.Test), table.RowCount);
    }

    private static Task<(IModel Model, AutoReport? Auto)> FitAsync(ITrainer trainer, TrainingSpec spec, Table training, Table? validation, CommandOutput output, CancellationToken cancellationToken) =>
        ProgressBar.RunAsync(
            output,
            $"training {trainer.Name}",
            progress => System.Threading.Tasks.Task.Run<(IModel, AutoReport?)>(
                () => trainer is AutoTrainer auto ? auto.Choose(spec, training, progress, cancellationToken) : (trainer.Fit(spec, training, validation, progress, cancellationToken), null),
                cancellationToken));

    private static async Task<string> SaveAsync(IModel model, string path, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        model.Save(bytes);
        bytes.Position = 0;
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        bytes.Position = 0;
        await AtomicFile.WriteAsync(path, stream => bytes.CopyToAsync(stream, cancellationToken), cancellationToken);
        return hash;
    }

    private static void Write(IAnsiConsole console, Trained trained)
    {
        (string, object?)[] stopped = trained.RowsWatched is { } watched ? [("early stop on", FormattableString.Invariant($"{watched} rows held out"))] : [];
        console.Write(Tables.Facts(
        [
            ("model", trained.Model),
            ("rows", trained.Rows),
            ("features", trained.Features),
            ("read", TimeSpan.FromSeconds(trained.SecondsRead)),
            ("fit", TimeSpan.FromSeconds(trained.SecondsFit)),
            .. stopped,
            ("metrics on", trained.MetricsOn == "training" ? "the training rows" : trained.RowsWatched is null ? "the rows held out" : "as many other rows held out"),
            ("sha256", trained.ModelHash),
        ]));
        console.Write(Tables.Of(trained.Metrics, ("metric", m => m.Key), ("value", m => m.Value), ("baseline", m => Baseline(trained, m.Key)), ("better by", m => Gain(trained, m.Key))));
        if (trained.Auto is { } auto)
            AutoView.Write(console, auto);
    }

    private static double? Baseline(Trained trained, string metric) => trained.Baseline.TryGetValue(metric, out double value) ? value : null;

    /// <summary>Below 0 is worse than the constant answer of the training rows.</summary>
    private static double? Gain(Trained trained, string metric) =>
        Baseline(trained, metric) is { } baseline && MetricCatalog.Find(metric) is { } info ? info.Gain(trained.Metrics[metric], baseline) : null;

    private sealed record Trained(
        string Model, int Rows, int Features, double SecondsRead, double SecondsFit, int? RowsWatched, string MetricsOn, IReadOnlyDictionary<string, double> Metrics,
        IReadOnlyDictionary<string, double> Baseline, string Trainer, string ModelHash, AutoReport? Auto);
}
