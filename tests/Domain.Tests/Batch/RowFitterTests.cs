using System.Runtime.ExceptionServices;
using MlOps.Domain.Batch;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Batch;

public sealed class RowFitterTests
{
    private static readonly ModelSignature Signature = new(
        LearningTask.Regression, "y", [new("a", ColumnType.Number, false), new("b", ColumnType.Number, false), new("c", ColumnType.Category, true, ["x"])], []);

    [Fact]
    public void Fit_RowsWithMistakes_TellsEachRowByItselfAndKeepsTheOthers()
    {
        Table rows = Rows(["1", "soon", "", "4"], ["1", "2", "3", "later"]);

        FittedRows fitted = new RowFitter(Signature).Fit(rows, int.MaxValue);

        Assert.Equal([0], fitted.Good!);
        Assert.Equal((1, 1.0), (fitted.Inputs!.RowCount, ((NumberColumn)fitted.Inputs["a"]).Values[0]));
        Assert.Equal(
            [
                (1, "feature 'a' is the text \"soon\"; expected a finite number"),
                (2, "feature 'a' is missing (null or NaN), but it was never missing in training; give a finite number"),
                (3, "feature 'b' is the text \"later\"; expected a finite number"),
            ],
            fitted.Problems.Select(p => (p.Row, p.Reason)));
    }

    [Fact]
    public void Fit_ManyBadRows_TellsThoseOfTheFirstRowsWhateverTheColumn()
    {
        string[] good = [.. Enumerable.Repeat("1", 40)];
        string[] late = [.. good.Select((v, i) => i >= 20 ? "x" : v)], early = [.. good.Select((v, i) => i is 3 or 25 ? "y" : v)];

        FittedRows fitted = new RowFitter(Signature).Fit(Rows(late, early), 4);

        Assert.Null(fitted.Inputs);
        Assert.Equal([3, 20, 21, 22], fitted.Problems.Select(p => p.Row));
    }

    [Fact]
    public void Fit_OfRowsThatAreAllBad_ThrowsNothingOnTheWay()
    {
        string[] bad = [.. Enumerable.Repeat("soon", 2_000)];
        int thrown = 0;
        int thread = Environment.CurrentManagedThreadId;
        void Count(object? sender, FirstChanceExceptionEventArgs e) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            FittedRows fitted = new RowFitter(Signature).Fit(Rows(bad, bad), int.MaxValue);

            Assert.Equal((2_000, 0, 0), (fitted.Problems.Count, fitted.Good!.Length, thrown));
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }
    }

    private static Table Rows(string[] a, string[] b) => new([CategoryColumn.From("a", a.Select(v => v.Length == 0 ? null : v).ToArray()), CategoryColumn.From("b", b)]);
}
