using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>The decomposed relative position as a bias on attention's scores: <c>add_decomposed_rel_pos</c> in
/// segment_anything/modeling/image_encoder.py (commit dca509f).</summary>
internal sealed class RelativeBias() : Module<Tensor, Tensor, Tensor, Tensor>(nameof(RelativeBias))
{
    /// <param name="q">Queries of R rows of the square, <c>[N, heads, R * side, d]</c>.</param>
    /// <param name="tableH">Row offsets of the R rows, <c>[R, d, side]</c>.</param>
    /// <param name="tableW">Column offsets, <c>[side, d, side]</c>.</param>
    /// <returns><c>[N, heads, R * side, side * side]</c>.</returns>
    public override Tensor forward(Tensor q, Tensor tableH, Tensor tableW)
    {
        using DisposeScope scope = NewDisposeScope();
        (long n, long heads, long d) = (q.shape[0], q.shape[1], q.shape[3]);
        (long r, long side) = (tableH.shape[0], tableW.shape[0]);

        Tensor grid = q.reshape(n * heads, r, side, d);
        Tensor byRow = grid.permute(1, 0, 2, 3).reshape(r, -1, d).bmm(tableH)          // [R, N * heads * side, side]
            .view(r, n * heads, side, side).permute(1, 0, 2, 3).contiguous();          // [N * heads, R, side, side]
        Tensor byColumn = grid.permute(2, 0, 1, 3).reshape(side, -1, d).bmm(tableW)    // [side, N * heads * R, side]
            .view(side, n * heads, r, side).permute(1, 2, 0, 3).contiguous();          // [N * heads, R, side, side]
        return byRow.unsqueeze(-1).Plus(byColumn.unsqueeze(-2)).view(n, heads, r * side, side * side).MoveToOuterDisposeScope();
    }
}
