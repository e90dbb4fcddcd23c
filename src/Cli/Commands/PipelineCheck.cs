using System.CommandLine;
using System.Text;
using MlOps.Api.Pipelines;
using MlOps.Cli.Api;
using MlOps.Domain.Pipelines;

namespace MlOps.Cli.Commands;

/// <summary>Who judges a pipeline file: the server that is to run it, which may know more trainers than this build, or this build.</summary>
internal static class PipelineCheck
{
    /// <exception cref="MlOpsException">Invalid <c>pipeline-invalid</c>, with every mistake.</exception>
    public static ValidPipeline Here(ParseResult parsed, string yaml, string file)
    {
        PipelineSpec spec = new PipelineParser(EditionInvocation.Of(parsed).Trainers).Parse(yaml, file);
        return new ValidPipeline(spec.Name, spec.Dataset);
    }

    /// <exception cref="MlOpsException">Invalid <c>pipeline-invalid</c>, with every mistake.</exception>
    public static Task<ValidPipeline> ByServerAsync(ApiClient api, string yaml, string file, CancellationToken cancellationToken) =>
        api.SendAsync<ValidPipeline>(HttpMethod.Post, "api/v1/pipelines/validate?file=" + Name(file), Content(yaml), cancellationToken);

    public static string Name(string file) => Uri.EscapeDataString(Path.GetFileName(file));

    public static StringContent Content(string yaml) => new(yaml, Encoding.UTF8, "text/yaml");
}
