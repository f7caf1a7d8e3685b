using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>Adam with decoupled weight decay (arXiv:1711.05101, algorithm 2).</summary>
/// <remarks>TorchSharp 0.107's own makes numbers that garbage collection may free under the native call (see
/// <c>Model/Arithmetic.cs</c>), and hides its state from checkpoints.</remarks>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly IReadOnlyList<TrainedParameter> _parameters;

    /// <summary>Begins with moments of 0.</summary>
    /// <param name="parameters">What is trained; stays the caller's.</param>
    public AdamW(IReadOnlyList<TrainedParameter> parameters)
    {
        _parameters = parameters;
        using IDisposable guard = no_grad();
        Moments = [.. parameters.Select(parameter => (
            parameter.Name,
            zeros_like(parameter.Value).DetachFromDisposeScope(),
            zeros_like(parameter.Value).DetachFromDisposeScope()))];
    }

    /// <summary>Running means of each parameter's gradient and of its square: what a checkpoint holds beside weights.</summary>
    public IReadOnlyList<(string Name, Tensor First, Tensor Second)> Moments { get; }

    /// <summary>Changes the parameters by their gradients.</summary>
    /// <param name="step">Which step it is, from 1.</param>
    /// <param name="rate">The learning rate, before each parameter's own factor.</param>
    /// <param name="decay">Weight decay, for the parameters that decay.</param>
    public void Step(long step, double rate, double decay)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double correction1 = 1 - Math.Pow(Beta1, step);
        double correction2 = Math.Sqrt(1 - Math.Pow(Beta2, step));
        for (int i = 0; i < _parameters.Count; i++)
        {
            (TrainedParameter parameter, Tensor first, Tensor second) = (_parameters[i], Moments[i].First, Moments[i].Second);
            if (parameter.Value.grad is not Tensor gradient)
            {
                continue; // no question of this step reached it
            }

            double own = rate * parameter.Rate;
            first.Scale(Beta1).AddScaled(gradient, 1 - Beta1);
            second.Scale(Beta2).AddProduct(gradient, gradient, 1 - Beta2);
            Tensor spread = second.sqrt().Over(correction2).Plus(Epsilon);
            if (parameter.Decays)
            {
                parameter.Value.Scale(1 - (own * decay));
            }

            parameter.Value.AddRatio(first, spread, -own / correction1);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor first, Tensor second) in Moments)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
