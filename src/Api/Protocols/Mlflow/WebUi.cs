using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using MlOps.Api.Http;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// MLflow's own web UI, as its package has it built (<c>mlflow/server/js/build</c>): its page at <c>/</c>, what the page loads below
/// <c>/static-files</c>. It finds the API at addresses relative to the page. Only files of the folder as it was at the start are ever answered.
/// </summary>
internal sealed class WebUi
{
    private const string Page = "index.html";

    private static readonly FileExtensionContentTypeProvider Types = new();

    private readonly Dictionary<string, string> _files;

    private WebUi(Dictionary<string, string> files) => _files = files;

    /// <exception cref="MlOpsException">Invalid <c>mlflow-ui</c>: the folder is not there, or holds no page.</exception>
    public static WebUi Of(string folder)
    {
        if (folder.Length == 0)
            throw MlOpsException.Invalid("mlflow-ui", "the name of the folder of MLflow's built UI is empty");
        string root = Path.GetFullPath(folder);
        if (!File.Exists(Path.Combine(root, Page)))
            throw MlOpsException.Invalid("mlflow-ui", $"'{folder}' holds no {Page}: name the folder of MLflow's built UI, mlflow/server/js/build of its Python package");
        // Links are passed over: they may lead anywhere.
        var own = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };
        return new WebUi(Directory.EnumerateFiles(root, "*", own).ToDictionary(f => Path.GetRelativePath(root, f).Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal));
    }

    public void Map(ApiRoutes routes)
    {
        routes.Get("/", call => SendAsync(call, Page));
        routes.Get("/static-files/{**path}", call => SendAsync(call, call.Path("path")));
    }

    private async Task SendAsync(ApiCall call, string path)
    {
        if (!_files.TryGetValue(path, out string? file) || !File.Exists(file))
            throw MlOpsException.NotFound("route-missing", $"there is no file '{path}' of MLflow's UI here");
        await using FileStream content = File.OpenRead(file);
        HttpResponse response = call.Http.Response;
        response.ContentType = Types.TryGetContentType(path, out string? type) ? type : "application/octet-stream";
        response.ContentLength = content.Length;
        // Names of what the page loads hold a hash of the content.
        response.Headers.CacheControl = path == Page ? "no-cache" : "private, max-age=86400";
        response.Headers.XContentTypeOptions = "nosniff";
        // Within a page of others, clicks meant for that would act here.
        response.Headers.XFrameOptions = "SAMEORIGIN";
        response.Headers.ContentSecurityPolicy = "frame-ancestors 'self'";
        if (!HttpMethods.IsHead(call.Http.Request.Method))
            await content.CopyToAsync(response.Body, call.Aborted);
    }
}
