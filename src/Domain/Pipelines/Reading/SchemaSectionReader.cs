using System.Globalization;
using MlOps.Learning.Tables;
using YamlDotNet.RepresentationModel;

namespace MlOps.Domain.Pipelines.Reading;

internal static class SchemaSectionReader
{
    private static readonly Dictionary<string, ColumnType> Types = new(StringComparer.Ordinal)
    {
        ["number"] = ColumnType.Number,
        ["category"] = ColumnType.Category,
        ["boolean"] = ColumnType.Boolean,
        ["timestamp"] = ColumnType.Timestamp,
        ["text"] = ColumnType.Text,
    };

    public static SchemaSection Read(YamlMap? map)
    {
        if (map is null)
            return new();
        long minRows = map.Whole("minRows", 1, int.MaxValue) ?? 1;
        var columns = new List<ColumnCheck>();
        if (map.Map("columns") is { } all)
        {
            foreach ((string name, YamlNode node) in all.Entries())
            {
                if (all.AsMap(node, all.PathOf(name), all.GeneralOf("*")) is { } column)
                    columns.Add(ReadColumn(name, column));
            }
        }

        map.Done();
        return new(minRows, columns);
    }

    private static ColumnCheck ReadColumn(string name, YamlMap map)
    {
        ColumnType? type = map.Has("type") ? map.Choice("type", ColumnType.Number, Types) : null;
        var check = new ColumnCheck(
            name,
            type,
            map.Flag("notNull", false),
            map.Number("min"),
            map.Number("max"),
            map.Has("values") ? map.Texts("values") : null,
            map.Share("maxMissing"));
        if (check.Min > check.Max)
            map.Wrong("min", string.Create(CultureInfo.InvariantCulture, $"{check.Min} is above max {check.Max}"));
        if ((check.Min ?? check.Max) is not null && map.Faultless("type") && type is not (null or ColumnType.Number))
            map.Wrong("type", "'min' and 'max' belong to numbers");
        if (check is { NotNull: true, MaxMissing: not null })
            map.Wrong("maxMissing", "'notNull: true' allows no missing value at all; remove one of the two");
        map.Done();
        return check;
    }
}
