using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace MlOps.MlNet;

/// <summary>What fits and loads ask of ML.NET beyond its catalogs.</summary>
internal static class MlContexts
{
    /// <summary>
    /// Stops a fit at its next step, where its learner asks (GAM's does not). ML.NET gives this to its own assemblies alone (AutoML stops
    /// trials by it) and to the public nothing; a version that renames it fails the test that cancels the families.
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
