using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>First and second derivative of the loss at one row's current score; 8 bytes, so that one load brings both.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct GradientPair(float Gradient, float Hessian);
