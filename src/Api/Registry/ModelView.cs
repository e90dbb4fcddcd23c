using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;

namespace MlOps.Api.Registry;

/// <summary>A registered model with its versions, newest first, and its endpoint's traffic when it has one.</summary>
/// <param name="Loaded">Those of its versions that the answering process has in memory.</param>
public sealed record ModelView(RegisteredModel Model, IReadOnlyList<ModelVersion> Versions, Endpoint? Endpoint, IReadOnlyList<LoadedModel> Loaded);

/// <summary>Where an alias shall point; only if it points to <paramref name="Expected"/> now (0: only if it does not exist), when given.</summary>
public sealed record AliasTarget(int Version, int? Expected = null);

/// <summary>That an alias shall go back to where it was before; only if it points to <paramref name="Expected"/> now, when given.</summary>
public sealed record AliasRollback(int? Expected = null);
