using System.Text.Json;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Inference;

/// <summary>Rows of a body; what is not well-formed in them is told with its place in the body.</summary>
internal sealed class BodyRows(RequestRows rows, ReadOnlyMemory<byte> body) : IRequestRows
{
    public bool TryRead(FeatureRows into) => rows.TryRead(into);

    public Table Bind(RequestBinder binder)
    {
        try
        {
            return rows.Bind(binder);
        }
        catch (JsonException e)
        {
            throw RequestBytes.Invalid(body, e);
        }
    }
}
