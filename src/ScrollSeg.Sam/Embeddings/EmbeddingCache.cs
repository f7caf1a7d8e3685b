using ScrollSeg.Sam.Imaging;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Embeddings;

/// <summary>
/// Image embeddings kept from one run to the next, as 16-bit floats. Where it is in use every embedding is rounded to 16
/// bits, one that was just computed too: what comes out does not depend on what the cache held.
/// </summary>
/// <param name="folder">Where they lie.</param>
/// <param name="maker">Weights and number format.</param>
/// <param name="config">Says an embedding's extents.</param>
/// <param name="device">Where embeddings are wanted.</param>
internal sealed class EmbeddingCache(EmbeddingFolder folder, string maker, SamConfig config, Device device)
{
    private readonly string _maker = $"{maker}\n{EmbeddingKeys.Processor(device)}";
    private readonly long[] _shape = [config.EmbeddingWidth, config.GridSide, config.GridSide];

    /// <summary>Bytes of one embedding's file.</summary>
    public long EntryBytes => EmbeddingFolder.HeaderBytes + ContentBytes;

    private int ContentBytes => checked((int)(2 * _shape[0] * _shape[1] * _shape[2]));

    /// <summary>The keys of images that go through the network together.</summary>
    public string[] KeysOf(IReadOnlyList<RgbImage> views) =>
        [.. views.Select((view, i) => EmbeddingKeys.Of(_maker, view, i, views.Count))];

    /// <summary>The keys of the wanted tiles of a batch.</summary>
    public string[] KeysOf(TileBatch tiles) =>
        [.. Enumerable.Range(0, tiles.Wanted).Select(tile => EmbeddingKeys.Of(_maker, tiles, tile))];

    /// <summary>Reads the embeddings of a batch if all are there: with one missing the network has to work, and it works on
    /// whole batches alone.</summary>
    /// <param name="keys">Of the first embeddings of the batch.</param>
    /// <param name="batch">Embeddings in it, B; zeros fill it up.</param>
    /// <returns><c>[B, E, S, S]</c>, as 32-bit floats on the device.</returns>
    public Tensor? TryRead(IReadOnlyList<string> keys, int batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor halves = zeros([batch, .. _shape], dtype: ScalarType.Float16);
        for (int i = 0; i < keys.Count; i++)
        {
            if (!folder.TryRead(keys[i], halves[i].bytes))
            {
                return null;
            }
        }

        return halves.to(device).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Rounds fresh embeddings as those that were kept are. A batch with a number that 16 bits cannot hold stays as it
    /// is, and is not kept.</summary>
    /// <param name="embeddings"><c>[B, E, S, S]</c>.</param>
    public static Tensor Round(Tensor embeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rounded = embeddings.to(ScalarType.Float16).to(ScalarType.Float32);
        return (AllFinite(rounded) ? rounded : embeddings.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps rounded embeddings.</summary>
    /// <param name="keys">Of the first of them; what fills the batch up has none.</param>
    /// <param name="embeddings">What <see cref="Round"/> gave, <c>[B, E, S, S]</c>.</param>
    public void Write(IReadOnlyList<string> keys, Tensor embeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor halves = embeddings.to(ScalarType.Float16).cpu().contiguous();
        if (!AllFinite(halves))
        {
            return;
        }

        Tensor entry = empty([EntryBytes], dtype: ScalarType.Byte);
        for (int i = 0; i < keys.Count; i++)
        {
            halves[i].bytes.CopyTo(entry.bytes[EmbeddingFolder.HeaderBytes..]);
            folder.Write(keys[i], entry.bytes);
        }
    }

    private static bool AllFinite(Tensor tensor) => tensor.isfinite().all().item<bool>();
}
