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
