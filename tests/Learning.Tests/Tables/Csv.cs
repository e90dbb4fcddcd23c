using System.Text;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Tests.Tables;

/// <summary>Reads texts and sample files in tests.</summary>
internal static class Csv
{
    public static Task<Table> ReadAsync(string text, CsvOptions? options = null) => ReadAsync(Encoding.UTF8.GetBytes(text), options);

    public static Task<Table> ReadAsync(byte[] bytes, CsvOptions? options = null) =>
        CsvReader.ReadAsync(new MemoryStream(bytes), options ?? CsvOptions.Default, CancellationToken.None);

    public static async Task<MlOpsException> FailAsync(string text, CsvOptions? options = null) =>
        await Assert.ThrowsAsync<MlOpsException>(() => ReadAsync(text, options));

    public static async Task<MlOpsException> FailAsync(byte[] bytes, CsvOptions? options = null) =>
        await Assert.ThrowsAsync<MlOpsException>(() => ReadAsync(bytes, options));

    public static CsvOptions Typed(params (string Name, ColumnType Type)[] types) => new() { Types = types.ToDictionary(t => t.Name, t => t.Type) };

    public static async Task<string> WriteAsync(Table table)
    {
        var stream = new MemoryStream();
        await CsvWriter.WriteAsync(table, stream, CancellationToken.None);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static IEnumerable<string?> Formatted(Column column) => Enumerable.Range(0, column.Count).Select(column.Format);

    public static string Sample(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MlOps.sln")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, "samples", "data", file);
    }
}
