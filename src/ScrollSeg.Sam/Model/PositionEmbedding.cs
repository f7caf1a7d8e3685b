using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Positions as random Fourier features (arXiv:2006.10739). Follows <c>PositionEmbeddingRandom</c> in
/// segment_anything/modeling/prompt_encoder.py (commit dca509f).
/// </summary>
internal sealed class PositionEmbedding : Module<Tensor, Tensor>
{
    private readonly Tensor positional_encoding_gaussian_matrix; // [2, E / 2]

    public PositionEmbedding(int width)
        : base(nameof(PositionEmbedding))
    {
        positional_encoding_gaussian_matrix = randn(2, width / 2);
        RegisterComponents();
    }

    /// <summary>Embeds points.</summary>
    /// <param name="points">(x, y) as fractions of the view, 0 to 1, <c>[.., 2]</c>.</param>
    /// <returns><c>[.., E]</c>.</returns>
    public override Tensor forward(Tensor points)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor angles = points.Times(2).Plus(-1).matmul(positional_encoding_gaussian_matrix).Times(2 * Math.PI);
        return cat([angles.sin(), angles.cos()], -1).MoveToOuterDisposeScope();
    }

    /// <summary>Embeds the centre of every cell of a grid.</summary>
    /// <param name="side">Cells along each side of the view.</param>
    /// <returns><c>[1, E, side, side]</c>.</returns>
    public Tensor Grid(int side)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] cells = [.. Enumerable.Range(0, side).Select(cell => (float)((cell + 0.5) / side))];
        Tensor centres = tensor(cells, device: positional_encoding_gaussian_matrix.device);
        Tensor x = centres.unsqueeze(0).expand(side, side);
        Tensor y = centres.unsqueeze(1).expand(side, side);
        return forward(stack([x, y], -1)).permute(2, 0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }
}
