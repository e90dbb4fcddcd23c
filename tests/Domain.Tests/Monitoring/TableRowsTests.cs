using MlOps.Domain.Monitoring;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Monitoring;

public sealed class TableRowsTests
{
    [Fact]
    public void Append_OtherTypesAndAbsentColumns_ReadsTextOrLeavesMissing()
    {
        var first = new Table([
            new NumberColumn("n", [1, 2]), new BooleanColumn("b", [1, 0]), CategoryColumn.From("c", ["x", null]), new NumberColumn("gone", [3, 4])]);
        var second = new Table([CategoryColumn.From("n", ["5", "five"]), CategoryColumn.From("b", ["true", "false"]), CategoryColumn.From("c", ["y", "x"])]);

        Table joined = TableRows.Append(first, second);

        Assert.Equal(["1", "2", "5", null], Texts(joined["n"]));
        Assert.Equal(["true", "false", "true", "false"], Texts(joined["b"]));
        Assert.Equal(["x", null, "y", "x"], Texts(joined["c"]));
        Assert.Equal(["3", "4", null, null], Texts(joined["gone"]));
    }

    private static IEnumerable<string?> Texts(Column column) => Enumerable.Range(0, column.Count).Select(column.Format);
}
