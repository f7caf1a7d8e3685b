using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>
/// Self-attention with the decomposed relative position inside the product of queries and keys: a query carries its
/// products with the tables of offsets, a key a one at its row and at its column. So no bias exists in memory.
/// </summary>
/// <remarks>
/// [q s | q Rh | q Rw] · [k | row | column] = s q·k + bias, with s = 1 / sqrt(d). On the CPU the products are our own,
/// a band of queries at a time: libtorch's kernel there gains nothing from bfloat16, and in 32 bits this form loses to a
/// bias (figures: tests/ScrollSeg.Benchmarks). So it serves bfloat16 alone. On a GPU this form, unlike a bias,
/// is open to the kernel that keeps scores on the chip (FlashAttention).
/// </remarks>
internal sealed class FoldedAttention : IDisposable
{
    /// <summary>Scores in memory at a time: 16 MiB of 16-bit numbers, which the C library hands out again without
    /// asking the system.</summary>
    internal const long MaxScores = 8L << 20;

    /// <summary>Matrix units take widths of a multiple of this many 16-bit numbers without a copy.</summary>
    private const int Alignment = 8;

    private readonly int heads;
    private readonly int side;
    private readonly int headWidth;
    private readonly int innerWidth; // E = d + 2 * side, aligned
    private readonly Tensor tableH;  // [side, d, side]
    private readonly Tensor tableW;  // [side, d, side]
    private readonly Tensor codes;   // [E - d, side * side]
    private readonly double scale;   // of the queries
    private readonly ScalarType type;
    private readonly bool byKernel;

    /// <summary>Lays out what does not depend on the image.</summary>
    /// <param name="tableH">Row offsets, for each row of queries the embedding of each row of keys, <c>[side, d, side]</c>.</param>
    /// <param name="tableW">Column offsets, <c>[side, d, side]</c>.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="type">Number format of the products.</param>
    /// <param name="byKernel">Whether libtorch's kernel attends, as on a GPU. Default: everywhere but on a CPU.</param>
    public FoldedAttention(Tensor tableH, Tensor tableW, int heads, ScalarType type, bool? byKernel = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (this.heads, this.type) = (heads, type);
        (side, headWidth) = ((int)tableH.shape[0], (int)tableH.shape[1]);
        innerWidth = (headWidth + (2 * side) + Alignment - 1) / Alignment * Alignment;
        this.byKernel = byKernel ?? tableH.device_type != DeviceType.CPU;

        double divisor = this.byKernel ? Math.Sqrt(innerWidth) : 1; // what the kernel divides all scores by
        scale = divisor / Math.Sqrt(headWidth);
        this.tableH = tableH.Times(divisor).to(type).contiguous().DetachFromDisposeScope();
        this.tableW = tableW.Times(divisor).to(type).contiguous().DetachFromDisposeScope();
        codes = Codes().to(tableH.device).DetachFromDisposeScope();
    }

    /// <summary>Scores at a time; a test may ask for fewer, to see bands in small squares.</summary>
    internal long ScoresAtOnce { get; init; } = MaxScores;

    /// <summary>Attends within each square.</summary>
    /// <param name="mixed">Queries, keys, values, <c>[N, side, side, 3C]</c>.</param>
    /// <returns><c>[N, side, side, C]</c>.</returns>
    public Tensor Attend(Tensor mixed)
    {
        using DisposeScope scope = NewDisposeScope();
        (long n, long tokens) = (mixed.shape[0], (long)side * side);
        Tensor[] parts = mixed.view(n, tokens, 3, heads, headWidth).permute(2, 0, 3, 1, 4).unbind(0); // [N, heads, T, d]
        Tensor q = Queries(parts[0]);                                                                 // [N, heads, T, E]
        Tensor k = cat([parts[1].transpose(2, 3), codes.expand(n, heads, -1, -1)], 2);                // [N, heads, E, T]
        Tensor y = byKernel
            ? ByKernel(q, k, parts[2])
            : ByProducts(q.flatten(0, 1), k.flatten(0, 1), parts[2].flatten(0, 1)).view(n, heads, tokens, headWidth);
        return y.transpose(1, 2).reshape(n, side, side, (long)heads * headWidth).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tableH.Dispose();
        tableW.Dispose();
        codes.Dispose();
    }

    /// <param name="q"><c>[N, heads, T, d]</c>.</param>
    /// <returns>With the products with both tables beside, <c>[N, heads, T, E]</c>.</returns>
    private Tensor Queries(Tensor q)
    {
        using DisposeScope scope = NewDisposeScope();
        (long n, long d) = (q.shape[0], headWidth);
        Tensor grid = q.reshape(n * heads, side, side, d);
        Tensor byRow = grid.permute(1, 0, 2, 3).reshape(side, -1, d).bmm(tableH)      // [side, N * heads * side, side]
            .view(side, n, heads, side, side).permute(1, 2, 0, 3, 4);                 // [N, heads, side, side, side]
        Tensor byColumn = grid.permute(2, 0, 1, 3).reshape(side, -1, d).bmm(tableW)
            .view(side, n, heads, side, side).permute(1, 2, 3, 0, 4);
        Tensor rest = zeros([n, heads, side, side, innerWidth - d - (2 * side)], dtype: type, device: q.device);
        return cat([grid.view(n, heads, side, side, d).Times(scale), byRow, byColumn, rest], -1).flatten(2, 3).MoveToOuterDisposeScope();
    }

    /// <param name="q"><c>[G, T, E]</c>.</param>
    /// <param name="k"><c>[G, E, T]</c>.</param>
    /// <param name="v"><c>[G, T, d]</c>.</param>
    /// <returns><c>[G, T, d]</c>.</returns>
    private Tensor ByProducts(Tensor q, Tensor k, Tensor v)
    {
        using DisposeScope scope = NewDisposeScope();
        (long groups, long tokens) = (q.shape[0], q.shape[1]);
        long together = Math.Clamp(ScoresAtOnce / (tokens * tokens), 1, groups);
        long rows = Math.Clamp(ScoresAtOnce / (together * tokens), 1, tokens);
        Tensor y = empty(groups, tokens, v.shape[2], dtype: type);
        for (long group = 0; group < groups; group += together)
        {
            long count = Math.Min(together, groups - group);
            (Tensor keys, Tensor values) = (k.narrow(0, group, count), v.narrow(0, group, count));
            for (long row = 0; row < tokens; row += rows)
            {
                using DisposeScope band = NewDisposeScope();
                long height = Math.Min(rows, tokens - row);
                Tensor scores = q.narrow(0, group, count).narrow(1, row, height).bmm(keys);
                y.narrow(0, group, count).narrow(1, row, height).copy_(scores.softmax(-1).bmm(values));
            }
        }

        return y.MoveToOuterDisposeScope();
    }

    /// <summary>libtorch's kernel wants values as wide as queries.</summary>
    /// <param name="q"><c>[N, heads, T, E]</c>.</param>
    /// <param name="k"><c>[N, heads, E, T]</c>.</param>
    /// <param name="v"><c>[N, heads, T, d]</c>.</param>
    /// <returns><c>[N, heads, T, d]</c>.</returns>
    private Tensor ByKernel(Tensor q, Tensor k, Tensor v)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = functional.pad(v, [0, innerWidth - headWidth]);
        Tensor y = functional.scaled_dot_product_attention(q, k.transpose(2, 3).contiguous(), wide);
        return y.narrow(3, 0, headWidth).MoveToOuterDisposeScope();
    }

    /// <summary>For each key a one at its row, a one at its column, and zeros that fill the width up.</summary>
    private Tensor Codes()
    {
        int tokens = side * side;
        float[] ones = new float[(innerWidth - headWidth) * tokens];
        for (int key = 0; key < tokens; key++)
        {
            (int row, int column) = Math.DivRem(key, side);
            ones[(row * tokens) + key] = 1;
            ones[((side + column) * tokens) + key] = 1;
        }

        return tensor(ones, [innerWidth - headWidth, tokens]).to(type);
    }
}
