using System.Text;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>
/// What <c>/version</c> answers. MLflow's clients read there the version of their server, as PEP 440 writes it, and do what that version
/// understands; ours stands behind the plus, as PEP 440 has it for what others build.
/// </summary>
internal static class MlflowVersion
{
    /// <summary>The version of MLflow whose server this API follows.</summary>
    private const string Mlflow = "3.11.0";

    public static string Of(string version)
    {
        var local = new StringBuilder();
        foreach (char c in version)
        {
            if (char.IsAsciiLetterOrDigit(c))
                local.Append(char.ToLowerInvariant(c));
            else if (local.Length > 0 && local[^1] != '.')
                local.Append('.');
        }

        return $"{Mlflow}+mlops.{local.ToString().TrimEnd('.')}".TrimEnd('.');
    }
}
