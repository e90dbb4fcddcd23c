using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace MlOps.MlNet;

/// <summary>ML.NET's environments for fitting and for loading.</summary>
internal static class MlContexts
{
    /// <summary>For one fit, which stops where ML.NET logs: the only place on the training thread that GAM passes at every step.</summary>
    public static MLContext ForFit(ulong seed, CancellationToken cancellationToken)
    {
        var ml = new MLContext(Seed(seed));
        ml.Log += (_, _) => cancellationToken.ThrowIfCancellationRequested();
        return ml;
    }

    /// <summary>
    /// Stops the other families at their next step. ML.NET gives this to its own assemblies alone (AutoML stops trials by it), and to the
    /// public none; a version that renames it fails the test that cancels every family.
    /// </summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CancelExecution")]
    public static extern void Cancel(MLContext ml);

    /// <summary>Knows the classes that model files may name.</summary>
    public static MLContext ForLoad()
    {
        var ml = new MLContext();
        ml.ComponentCatalog.RegisterAssembly(typeof(FastTreeBinaryModelParameters).Assembly);
        ml.ComponentCatalog.RegisterAssembly(typeof(LightGbmBinaryModelParameters).Assembly);
        ml.ComponentCatalog.RegisterAssembly(typeof(LinearBinaryModelParameters).Assembly);
        return ml;
    }

    /// <summary>All bits of the seed in the 31 that ML.NET takes.</summary>
    public static int Seed(ulong seed) => (int)((seed ^ (seed >> 31) ^ (seed >> 62)) & int.MaxValue);
}
