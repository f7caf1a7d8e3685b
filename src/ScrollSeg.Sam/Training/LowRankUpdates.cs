using ScrollSeg.Sam.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>
/// Low-rank updates (LoRA, arXiv:2106.09685) of the queries and values of every attention in the encoder, as SAMed has them
/// (arXiv:2304.13785): W = W0 + B A, with A random and B zero at first.
/// </summary>
/// <remarks>The network keeps its own form: W is written into it after each step, and its gradient G is turned into B's, G A',
/// and A's, B' G, which is the chain rule. A checkpoint of the network is thus complete without knowing of any rank.</remarks>
internal sealed class LowRankUpdates : IDisposable
{
    private readonly List<Update> _updates = [];

    /// <param name="network">Its mixing weights get updates.</param>
    /// <param name="rank">Columns of B and rows of A; above 0.</param>
    public LowRankUpdates(SamNetwork network, int rank)
    {
        using IDisposable guard = no_grad();
        foreach ((string name, Parameter weight) in network.named_parameters())
        {
            if (name.EndsWith(".attn.qkv.weight", StringComparison.Ordinal))
            {
                weight.requires_grad_(true);
                long width = weight.shape[1];
                Tensor start = weight.detach().clone().DetachFromDisposeScope();
                foreach ((string part, long row) in new[] { ("q", 0L), ("v", 2 * width) })
                {
                    Parameter a = new(randn(rank, width, device: weight.device).Over(Math.Sqrt(width)).DetachFromDisposeScope());
                    Parameter b = new(zeros(width, rank, device: weight.device).DetachFromDisposeScope());
                    _updates.Add(new Update($"{name}.{part}", weight, start, row, a, b));
                }
            }
        }
    }

    /// <summary>What is trained in place of the weights.</summary>
    public IEnumerable<TrainedParameter> Trained => _updates.SelectMany(update => new[]
    {
        new TrainedParameter(update.Name + ".a", update.A, 1, Decays: true),
        new TrainedParameter(update.Name + ".b", update.B, 1, Decays: true),
    });

    /// <summary>The weights that change although they are not trained themselves, by key.</summary>
    public IEnumerable<(string Name, Parameter Weight)> Hosts =>
        _updates.Select(update => (update.Name[..^2], update.Weight)).DistinctBy(host => host.Item1);

    /// <summary>What a training's state holds of it.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _updates.SelectMany(update => new KeyValuePair<string, Tensor>[]
    {
        new($"low_rank.{update.Name}.start", update.Start), new($"low_rank.{update.Name}.a", update.A), new($"low_rank.{update.Name}.b", update.B),
    });

    /// <summary>Turns the weights' gradients into the updates'.</summary>
    public void TakeGradients()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Update update in _updates)
        {
            (update.A.grad, update.B.grad) = (null, null);
            if (update.Weight.grad is Tensor all)
            {
                Tensor gradient = all.narrow(0, update.Row, update.B.shape[0]);
                update.B.grad = gradient.matmul(update.A.t()).DetachFromDisposeScope();
                update.A.grad = update.B.t().matmul(gradient).DetachFromDisposeScope();
            }
        }

        foreach ((_, Parameter weight) in Hosts)
        {
            weight.grad = null;
        }
    }

    /// <summary>Writes the updated weights into the network.</summary>
    public void Apply()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Update update in _updates)
        {
            long rows = update.B.shape[0];
            Tensor sum = update.Start.narrow(0, update.Row, rows).Plus(update.B.matmul(update.A));
            update.Weight.narrow(0, update.Row, rows).copy_(sum);
        }
    }

    public void Dispose()
    {
        foreach (Update update in _updates)
        {
            update.Start.Dispose();
            update.A.Dispose();
            update.B.Dispose();
        }
    }

    /// <param name="Name">The weight's key, and which of its thirds.</param>
    /// <param name="Weight">Queries, keys and values, <c>[3C, C]</c>.</param>
    /// <param name="Start">The weight at first.</param>
    /// <param name="Row">The third's first row.</param>
    /// <param name="A"><c>[r, C]</c>.</param>
    /// <param name="B"><c>[C, r]</c>.</param>
    private sealed record Update(string Name, Parameter Weight, Tensor Start, long Row, Parameter A, Parameter B);
}
