using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Linear layers with ReLU between: each mask's hypernetwork, and the head that predicts IoU. Follows <c>MLP</c> in
/// segment_anything/modeling/mask_decoder.py (commit dca509f).
/// </summary>
internal sealed class HyperMlp : Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> layers;

    public HyperMlp(int width, int hidden, int output, int depth)
        : base(nameof(HyperMlp))
    {
        layers = new ModuleList<Linear>([.. Enumerable.Range(0, depth).Select(layer =>
            Linear(layer == 0 ? width : hidden, layer == depth - 1 ? output : hidden))]);
        RegisterComponents();
    }

    /// <param name="x"><c>[P, E]</c>.</param>
    /// <returns><c>[P, output]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = layers[0].forward(x);
        foreach (Linear layer in layers.Skip(1))
        {
            y = layer.forward(functional.relu(y));
        }

        return y.MoveToOuterDisposeScope();
    }
}
