using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>Adam with decoupled weight decay (arXiv:1711.05101, algorithm 2).</summary>
/// <remarks>TorchSharp 0.107's own makes its numbers inside the native call's argument list, where garbage collection may
/// free them (see <c>Model/Arithmetic.cs</c>), and does not let its state out. Here every number outlives its call.</remarks>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private static readonly Scalar Keep1 = Beta1;
    private static readonly Scalar Add1 = 1 - Beta1;
    private static readonly Scalar Keep2 = Beta2;
    private static readonly Scalar Add2 = 1 - Beta2;
    private static readonly Scalar Small = Epsilon;

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
            first.mul_(Keep1).add_(gradient, Add1);
            second.mul_(Keep2).addcmul_(gradient, gradient, Add2);
            Scalar root = correction2;
            Tensor spread = second.sqrt().div_(root).add_(Small);
            if (parameter.Decays)
            {
                Scalar shrink = 1 - (own * decay);
                parameter.Value.mul_(shrink);
                GC.KeepAlive(shrink);
            }

            Scalar size = -own / correction1;
            parameter.Value.addcdiv_(first, spread, size);
            GC.KeepAlive(root);
            GC.KeepAlive(size);
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
