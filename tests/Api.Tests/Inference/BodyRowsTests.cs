using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Inference;

public sealed class BodyRowsTests
{
    [Fact]
    public void TryRead_OfRowsThatCouldNotBeRead_DoesNotReadThemAgain_ButForAnotherSignature()
    {
        var unread = new UnreadRows();
        var rows = new BodyRows(unread, default, new ApiCall(new DefaultHttpContext(), new ApiOptions(), 0));
        ModelSignature first = Signature(), second = Signature();

        Assert.All((ModelSignature[])[first, first, second, second], signature =>
        {
            using FeatureRows numbers = FeatureRows.Rent(signature);
            Assert.False(rows.TryRead(numbers));
        });

        Assert.Equal(2, unread.Reads);
    }

    private static ModelSignature Signature() => new(LearningTask.Binary, "y", [new("x", ColumnType.Number, false)], ["No", "Yes"]);

    private sealed class UnreadRows : RequestRows
    {
        public int Reads { get; private set; }

        public override bool TryRead(FeatureRows rows)
        {
            Reads++;
            return false;
        }

        public override Table Bind(RequestBinder binder) => throw new InvalidOperationException("not asked for");
    }
}
