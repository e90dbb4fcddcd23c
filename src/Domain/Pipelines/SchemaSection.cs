using MlOps.Learning.Tables;

namespace MlOps.Domain.Pipelines;

/// <summary>What must hold for the data before anything is trained on it.</summary>
public sealed record SchemaSection(long MinRows = 1, IReadOnlyList<ColumnCheck>? Columns = null)
{
    public IReadOnlyList<ColumnCheck> Columns { get; init; } = Columns ?? [];
}

/// <summary>Checks of one required column; a null means unchecked. Bounds and values ignore missing fields.</summary>
public sealed record ColumnCheck(
    string Column, ColumnType? Type, bool NotNull, double? Min, double? Max, IReadOnlyList<string>? Values, double? MaxMissing);
