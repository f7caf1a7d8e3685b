using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>What asks the decoder about tiles, where it is asked for more than all foreground at once.</summary>
internal interface ITileDecoder : IDisposable
{
    /// <summary>What it asks, for a run's records.</summary>
    string Identity { get; }

    /// <summary>Kinds of prompt that it gives, of <c>point</c>, <c>box</c> and <c>mask</c>.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>Whether it has to know where tiles lie.</summary>
    bool AsksByPlace { get; }

    /// <summary>Bytes that it holds beyond what a batch of tiles takes without prompts.</summary>
    /// <param name="side">Voxels along a tile's side.</param>
    long WorkingBytes(int side);

    /// <summary>Answers about some tiles.</summary>
    /// <param name="embeddings">On the device, <c>[b, E, S, S]</c>.</param>
    /// <param name="tiles">Their voxels and places; those that only fill the batch come out as background.</param>
    /// <param name="first">Which of the tiles the first embedding is of.</param>
    /// <returns>Logits, <c>[b, 1, 4S, 4S]</c>.</returns>
    Tensor Decode(Tensor embeddings, TileBatch tiles, int first);
}
