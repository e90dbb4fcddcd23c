using System.Runtime.InteropServices;
using MlOps.Contracts;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

/// <summary>SQLite waits for as long as it means to, and not for whole seconds.</summary>
public sealed class SqliteSleepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Sleep_OfMilliseconds_IsOfThose(int milliseconds)
    {
        using var temp = new TempDirectory();
        await using SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default);

        // It tells how long it took itself to wait.
        Assert.Equal(milliseconds, SleepFor(milliseconds));
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_sleep", CallingConvention = CallingConvention.Cdecl)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int SleepFor(int milliseconds);
}
