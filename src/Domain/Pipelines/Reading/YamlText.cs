using YamlDotNet.Core;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>An item of a list of texts, and where it stands.</summary>
internal sealed record YamlText(string Text, Mark Start, string Path);
