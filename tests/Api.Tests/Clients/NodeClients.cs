using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Api.Tests.Protocols;
using MlOps.Contracts;

namespace MlOps.Api.Tests.Clients;

/// <summary>Real clients, which <c>npm ci --prefix .ci</c> brings: one node process for all of them, run once.</summary>
internal static class NodeClients
{
    private static readonly Lock Gate = new();
    private static Task<JsonElement>? _results;

    /// <summary>What the part of <c>clients.mjs</c> gives.</summary>
    public static async Task<JsonElement> ResultAsync(ServedModels models, string part)
    {
        string modules = Path.Combine(Root(), ".ci", "node_modules");
        Needed.Have(Directory.Exists(Path.Combine(modules, "openapi-fetch")), "clients", "npm ci --prefix .ci --ignore-scripts");
        JsonElement result = (await OnceAsync(modules, models)).GetProperty(part);
        if (result.ValueKind == JsonValueKind.Object && result.TryGetProperty("failed", out JsonElement failed))
            Assert.Fail(failed.GetString());
        return result;
    }

    /// <summary>What a real browser made of the page, from <c>browser.mjs</c>.</summary>
    public static async Task<JsonElement> BrowserAsync(ServedModels models)
    {
        JsonElement result = await ResultAsync(models, "browser");
        Needed.Have(!result.TryGetProperty("absent", out _), "browser", "install chromium, or Chrome");
        return result;
    }

    private static Task<JsonElement> OnceAsync(string modules, ServedModels models)
    {
        lock (Gate)
            return _results ??= RunAsync(modules, models);
    }

    private static async Task<JsonElement> RunAsync(string modules, ServedModels models)
    {
        using var folder = new TempDirectory();
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Clients", "clients.mjs"), modules, models.Api.Http.BaseAddress!.ToString().TrimEnd('/'), folder["types"]];
        using Process node = Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        Task<string> error = node.StandardError.ReadToEndAsync();
        string output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Needed.Have(false, "clients", "node is not on the path");
            throw;
        }
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
