using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Two linear layers with ReLU between: <c>MLPBlock</c> as the two-way transformer uses it.</summary>
internal sealed class DecoderMlp : Module<Tensor, Tensor>
{
    private readonly Linear lin1;
    private readonly Linear lin2;

    public DecoderMlp(int width, int hidden)
        : base(nameof(DecoderMlp))
    {
        lin1 = Linear(width, hidden);
        lin2 = Linear(hidden, width);
        RegisterComponents();
    }

    /// <param name="x">Tokens, <c>[.., E]</c>.</param>
    /// <returns>Tokens, <c>[.., E]</c>.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return lin2.forward(functional.relu(lin1.forward(x))).MoveToOuterDisposeScope();
    }
}
