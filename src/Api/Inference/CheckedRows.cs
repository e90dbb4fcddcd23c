using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>Rows for models that can answer what else the request asks: looked at before anything is predicted, counted and logged.</summary>
internal sealed class CheckedRows(RequestRows rows, Action<ModelSignature> check) : RequestRows
{
    public override long BinaryValues => rows.BinaryValues;

    public override bool TryRead(FeatureRows into)
    {
        check(into.Signature);
        return rows.TryRead(into);
    }

    public override Table Bind(RequestBinder binder)
    {
        check(binder.Signature);
        return rows.Bind(binder);
    }
}
