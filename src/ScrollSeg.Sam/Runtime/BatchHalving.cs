using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Runtime;

/// <summary>
/// Sends a batch through a network, in halves where a GPU's memory does not suffice for the whole. A size that was too
/// large once is not tried again.
/// </summary>
internal sealed class BatchHalving
{
    private long _limit = long.MaxValue;

    /// <summary>How often a batch was halved.</summary>
    public long Count { get; private set; }

    /// <summary>Runs a batch.</summary>
    /// <param name="batch">On the CPU, <c>[B, ..]</c>.</param>
    /// <param name="forward">Takes a part of the batch, and the number of its first element, and returns its answers on the CPU, as
    /// many.</param>
    /// <returns>The answers, <c>[B, ..]</c>.</returns>
    /// <exception cref="DeviceMemoryException">One alone is too much.</exception>
    public Tensor Run(Tensor batch, Func<Tensor, int, Tensor> forward)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> answers = [];
        for (long first = 0; first < batch.shape[0];)
        {
            long size = Math.Min(_limit, batch.shape[0] - first);
            if (TryForward(batch.narrow(0, first, size), (int)first, forward) is Tensor answer)
            {
                answers.Add(answer);
                first += size;
            }
        }

        return (answers.Count == 1 ? answers[0] : cat(answers, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>The scope frees what the failed pass had made, before a smaller one begins.</summary>
    private Tensor? TryForward(Tensor part, int first, Func<Tensor, int, Tensor> forward)
    {
        using DisposeScope scope = NewDisposeScope();
        long size = part.shape[0];
        try
        {
            return forward(part, first).MoveToOuterDisposeScope();
        }
        catch (ExternalException e) when (DeviceMemory.IsExhausted(e))
        {
            if (size == 1)
            {
                throw DeviceMemoryException.For("One tile alone does", e);
            }

            _limit = (size + 1) / 2;
            Count++;
            return null;
        }
    }
}
