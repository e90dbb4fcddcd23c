using System.Globalization;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// Files in parts, <c>/mlflow-artifacts/mpu/...</c>, as clients ask that have MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: each part goes to an
/// address of this server. Clients send parts with the headers that they are told and no others, so they are told their own
/// authorization again.
/// </summary>
internal sealed class UploadCalls(ArtifactUploads uploads, IIdSource ids)
{
    public async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        string path = PathOf(call, fields);
        int parts = fields.Integer("num_parts", 1, ArtifactUploads.MaxParts) ?? 1;
        string id = ids.NewId();
        await uploads.BeginAsync(id, path, call.Aborted);
        string at = $"{Root(call.Http.Request)}/{id}/";
        string authorization = call.Http.Request.Headers.Authorization.ToString();
        await MlflowCall.AnswerAsync(call, (id, parts, at, authorization), static (json, upload) =>
        {
            json.WriteString("upload_id"u8, upload.id);
            json.WriteStartArray("credentials"u8);
            for (int number = 1; number <= upload.parts; number++)
            {
                json.WriteStartObject();
                json.WriteString("url"u8, upload.at + number.ToString(CultureInfo.InvariantCulture));
                json.WriteNumber("part_number"u8, number);
                if (upload.authorization.Length > 0)
                {
                    json.WriteStartObject("headers"u8);
                    json.WriteString("Authorization"u8, upload.authorization);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        call.Http.Response.Headers.CacheControl = "no-store";
    }

    public async Task PartAsync(ApiCall call)
    {
        if (!int.TryParse(call.Path("part"), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw MlOpsException.Invalid("upload-part", $"part '{call.Path("part")}' is no number");
        call.Http.Response.Headers.ETag = $"\"{await uploads.WritePartAsync(call.Path("upload"), number, call.Http.Request.Body, call.Aborted)}\"";
        await MlflowCall.EmptyAsync(call);
    }

    public async Task CompleteAsync(ApiCall call, MlflowFields fields)
    {
        (int, string)[] parts = [.. MlflowLimits.Objects(fields, "parts", ArtifactUploads.MaxParts)
            .Select(p => (p.Integer("part_number", 1, ArtifactUploads.MaxParts) ?? throw p.Invalid("part_number", "is missing"), (p.Text("etag") ?? "").Trim('"')))
            .OrderBy(p => p.Item1)];
        await uploads.CompleteAsync(fields.RequiredText("upload_id"), PathOf(call, fields), parts, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task AbortAsync(ApiCall call, MlflowFields fields)
    {
        await uploads.AbortAsync(fields.RequiredText("upload_id"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>The address says the folder, and the field <c>path</c> the file as its client has it, of which the name counts.</summary>
    private static string PathOf(ApiCall call, MlflowFields fields)
    {
        string local = fields.RequiredText("path");
        string name = local[(local.LastIndexOfAny(['/', '\\']) + 1)..];
        string folder = call.Path("path").TrimEnd('/');
        return folder.Length == 0 ? name : $"{folder}/{name}";
    }

    /// <summary>As the client reaches this server, be it through a proxy. The address goes back to nobody else.</summary>
    private static string Root(HttpRequest request)
    {
        string scheme = First(request.Headers["X-Forwarded-Proto"].ToString()) is { Length: > 0 } forwarded ? forwarded : request.Scheme;
        string host = First(request.Headers["X-Forwarded-Host"].ToString()) is { Length: > 0 } outer ? outer : request.Host.Value!;
        return $"{scheme}://{host}{request.PathBase}/api/2.0/mlflow-artifacts/mpu/parts";
    }

    private static string First(string header) => header.Split(',')[0].Trim();
}
