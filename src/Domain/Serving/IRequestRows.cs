using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>The rows of a request in whatever spelling. What they mean, the signature of the version that answers says.</summary>
public interface IRequestRows
{
    /// <summary>Called first, with the model that answers.</summary>
    /// <exception cref="MlOpsException">Invalid: the model cannot do what the request asks besides.</exception>
    void Meet(IModel model)
    {
    }

    /// <summary>
    /// Reads the rows straight into numbers. False when something about them is out of the ordinary, be it wrong or only rare:
    /// then <see cref="Bind"/> says what they are. Where it is true, both give the same rows.
    /// </summary>
    bool TryRead(FeatureRows rows);

    /// <summary>Reads rows of any kind.</summary>
    /// <exception cref="MlOpsException">Invalid: everything that is wrong with them.</exception>
    Table Bind(RequestBinder binder);
}

/// <summary>Rows that have a table already.</summary>
internal sealed class TableRows(Table table) : IRequestRows
{
    public bool TryRead(FeatureRows rows) => false;

    public Table Bind(RequestBinder binder) => binder.Bind(table);
}
