using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Multi-head self-attention with decomposed relative positions (MViTv2, arXiv:2112.01526), over the whole grid or
/// within windows. Follows <c>Attention</c> in segment_anything/modeling/image_encoder.py (commit dca509f).
/// </summary>
/// <remarks>
/// The windows are cut after the projection to q, k and v, not before: a padded token is zero there, so what it becomes
/// is the projection's bias, and neither projection need be computed for it.
/// </remarks>
internal sealed class Attention : Module<Tensor, Tensor>
{
    /// <summary>Elements of relative-position bias in memory at a time: 64 MB in float32.</summary>
    internal const long MaxBandElements = 16L << 20;

    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly Parameter rel_pos_h; // [2 * side - 1, d]
    private readonly Parameter rel_pos_w; // [2 * side - 1, d]
    private readonly RelativeBias relative = new();
    private readonly int heads;
    private readonly int side;
    private readonly ScalarType stored; // the format of the weights
    private ScalarType type;             // the format of the products
    private FoldedAttention? folded;

    /// <summary>Creates attention with untrained weights.</summary>
    /// <param name="width">Channels per token, C = heads * d.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="side">Tokens along each side of the square within which tokens attend to each other.</param>
    /// <param name="type">Number format of weights and products: 32-bit floats, or bfloat16, which is for prediction alone.</param>
    public Attention(int width, int heads, int side, ScalarType type = ScalarType.Float32)
        : base(nameof(Attention))
    {
        this.heads = heads;
        this.side = side;
        (this.stored, this.type) = (type, type);
        qkv = Linear(width, 3 * width, dtype: type);
        proj = Linear(width, width, dtype: type);
        rel_pos_h = Parameter(zeros((2 * side) - 1, width / heads));
        rel_pos_w = Parameter(zeros((2 * side) - 1, width / heads));
        RegisterComponents();
    }

    /// <summary>Elements of bias at a time; a test may ask for fewer, to see bands in small squares.</summary>
    internal long BandElements { get; init; } = MaxBandElements;

    /// <summary>Chooses the format of the products; the weights keep theirs.</summary>
    public void Multiply(ScalarType products) => type = products;

    /// <summary>Attends.</summary>
    /// <param name="x">Tokens, <c>[B, H, W, C]</c>.</param>
    /// <returns>Tokens, <c>[B, H, W, C]</c>, in the format of the products.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        (long h, long w) = (x.shape[1], x.shape[2]);

        Tensor mixed = Windows.Split(Products.Of(qkv, x, type), side, qkv.bias!.to(type));   // [N, side, side, 3C]
        Tensor attended = Windows.Merge(stored == ScalarType.BFloat16 ? Folded().Attend(mixed) : Attend(mixed), h, w);
        return Products.Of(proj, attended, type).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        folded?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Made at the first call, when the weights are where they will stay.</summary>
    private FoldedAttention Folded() => folded ??= new FoldedAttention(Relative(rel_pos_h), Relative(rel_pos_w), heads, stored);

    /// <summary>Attends within each square, some rows of queries at a time, so that the bias stays small.</summary>
    /// <param name="mixed">Queries, keys, values, <c>[N, side, side, 3C]</c>.</param>
    /// <returns><c>[N, side, side, C]</c>.</returns>
    internal Tensor Attend(Tensor mixed)
    {
        using DisposeScope scope = NewDisposeScope();
        (long n, long tokens) = (mixed.shape[0], (long)side * side);

        Tensor[] parts = mixed.view(n, tokens, 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0);
        (Tensor q, Tensor k, Tensor v) = (parts[0], parts[1], parts[2]); // each [N, heads, side * side, d]
        Tensor tableH = Relative(rel_pos_h).to(type);
        Tensor tableW = Relative(rel_pos_w).to(type);

        long rows = Math.Clamp(BandElements / (n * heads * side * tokens), 1, side);
        List<Tensor> bands = [];
        for (long row = 0; row < side; row += rows)
        {
            long count = Math.Min(rows, side - row);
            Tensor band = q.narrow(2, row * side, count * side);
            bands.Add(AttendBand(band, k, v, tableH.narrow(0, row, count), tableW));
        }

        Tensor y = bands.Count == 1 ? bands[0] : cat(bands, 1);
        return y.view(n, side, side, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Attends from a few rows of the square to all of it.</summary>
    /// <param name="q">Queries, <c>[N, heads, R * side, d]</c>.</param>
    /// <param name="k">Keys, <c>[N, heads, side * side, d]</c>.</param>
    /// <param name="v">Values, <c>[N, heads, side * side, d]</c>.</param>
    /// <param name="tableH">Row offsets of the R rows, <c>[R, d, side]</c>.</param>
    /// <param name="tableW">Column offsets, <c>[side, d, side]</c>.</param>
    /// <returns><c>[N, R * side, C]</c>.</returns>
    private Tensor AttendBand(Tensor q, Tensor k, Tensor v, Tensor tableH, Tensor tableW)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = functional.scaled_dot_product_attention(q, k, v, relative.call(q, tableH, tableW));
        return y.transpose(1, 2).reshape(q.shape[0], q.shape[2], -1).MoveToOuterDisposeScope();
    }

    /// <summary>Lays a table of offsets out per query: for query i, column j holds the embedding of offset i - j.</summary>
    /// <param name="table"><c>[2 * side - 1, d]</c>.</param>
    /// <returns><c>[side, d, side]</c>.</returns>
    private Tensor Relative(Tensor table) => table.flip(0).unfold(0, side, 1).flip(0);
}
