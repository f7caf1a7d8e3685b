using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Model;

public sealed class AttentionTests
{
    /// <summary>Relative positions as the original computes them: gathered tables, two einsums, a plain softmax.</summary>
    [Theory]
    [InlineData(8, long.MaxValue)]
    [InlineData(8, 1)]       // a row of queries at a time
    [InlineData(8, 5000)]    // bands of three rows: 8 does not divide by 3
    public void Forward_AnyBandOfQueries_IsThePlainFormula(int side, long biasElements)
    {
        using DisposeScope scope = NewDisposeScope();
        using Attention attention = new(width: 12, heads: 3, side) { BandElements = biasElements };
        foreach ((string _, TorchSharp.Modules.Parameter parameter) in attention.named_parameters())
        {
            using IDisposable guard = no_grad();
            parameter.normal_();
        }

        Tensor x = randn(2, side, side, 12);

        Tensor actual = attention.forward(x);

        Assert.True(actual.allclose(Plain(attention.state_dict(), x, heads: 3), rtol: 1e-4, atol: 1e-4));
    }

    /// <summary>The relative position inside the product, in the form for CPUs and in the one for GPUs, which a CPU runs too.</summary>
    [Theory]
    [InlineData(false, long.MaxValue)]
    [InlineData(false, 3 * 64 * 64 * 2)] // two of the images' heads at a time
    [InlineData(false, 64 * 5)]          // five queries of one head at a time
    [InlineData(true, long.MaxValue)]
    public void Folded_AnyForm_IsThePlainFormula(bool byKernel, long scores)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> weights = Weights(width: 12, heads: 3, side: 8);
        Tensor x = randn(2, 8, 8, 12);
        Tensor offsets = (arange(8).unsqueeze(1) - arange(8).unsqueeze(0) + 7).flatten();
        Tensor[] tables = [.. new[] { "rel_pos_h", "rel_pos_w" }.Select(
            name => weights[name].index_select(0, offsets).view(8, 8, 4).transpose(1, 2))];
        using FoldedAttention folded = new(tables[0], tables[1], heads: 3, ScalarType.Float32, byKernel) { ScoresAtOnce = scores };

        Tensor y = folded.Attend(nn.functional.linear(x, weights["qkv.weight"], weights["qkv.bias"]));

        Tensor actual = nn.functional.linear(y, weights["proj.weight"], weights["proj.bias"]);
        Assert.True(actual.allclose(Plain(weights, x, heads: 3), rtol: 1e-4, atol: 1e-4));
    }

    private static Dictionary<string, Tensor> Weights(int width, int heads, int side)
    {
        random.manual_seed(1);
        using Attention attention = new(width, heads, side);
        return attention.state_dict().ToDictionary(weight => weight.Key, weight => randn_like(weight.Value));
    }

    private static Tensor Plain(Dictionary<string, Tensor> weights, Tensor x, int heads)
    {
        (long b, long s, long c) = (x.shape[0], x.shape[1], x.shape[3]);
        Tensor qkv = nn.functional.linear(x, weights["qkv.weight"], weights["qkv.bias"])
            .reshape(b, s * s, 3, heads, c / heads).permute(2, 0, 3, 1, 4);
        (Tensor q, Tensor k, Tensor v) = (qkv[0], qkv[1], qkv[2]);
        Tensor offsets = arange(s).unsqueeze(1) - arange(s).unsqueeze(0) + (s - 1);
        Tensor grid = q.reshape(b, heads, s, s, c / heads);
        Tensor byRow = einsum("bnhwd,hkd->bnhwk", grid, weights["rel_pos_h"][offsets]);
        Tensor byColumn = einsum("bnhwd,wkd->bnhwk", grid, weights["rel_pos_w"][offsets]);
        Tensor bias = (byRow.unsqueeze(-1) + byColumn.unsqueeze(-2)).reshape(b, heads, s * s, s * s);
        Tensor y = ((q / Math.Sqrt(c / (double)heads)).matmul(k.transpose(-2, -1)) + bias).softmax(-1).matmul(v);
        return nn.functional.linear(y.transpose(1, 2).reshape(b, s, s, c), weights["proj.weight"], weights["proj.bias"]);
    }
}
