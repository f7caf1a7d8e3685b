using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Linking;

/// <summary>Hand-labelled sheets of a scroll, taken apart slice by slice and put together again. The score is 1 / (1 + 0.3 VOI), VOI being
/// the variation of information over the sheets' voxels in bits.</summary>
public sealed class SheetStitchingTests
{
    private const string Folder = "data/scroll1_sheet_labels_nrrd/";

    /// <summary>The floor is a little below what was measured: 0.994 and 0.984.</summary>
    [Theory]
    [InlineData("layers_1", 0.99)]
    [InlineData("layers_2", 0.98)]
    public void Sheets_InComponentsOfSlices_ComeTogether(string name, double least)
    {
        (Shape3 shape, ushort[] truth) = Read(name);
        uint[] pieces = SliceLinkTests.Rename(Pieces(truth, shape), shape, new Random(1));

        uint[] linked = SliceLinkTests.Link(shape, pieces, maxGap: 3);

        (double split, double merge) = Variation(linked, truth);
        double score = 1 / (1 + (0.3 * (split + merge)));
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: score {score:0.0000}, split {split:0.000}, merge {merge:0.000}");
        Assert.True(score >= least, $"{name}: score {score:0.0000}, split {split:0.000}, merge {merge:0.000} bits");
    }

    [Theory]
    [InlineData("layers_1", 0)]
    [InlineData("layers_1", 13)]
    [InlineData("layers_2", 0)]
    [InlineData("layers_2", 13)]
    public void Sheets_MerelyRenamed_ComeBackExactly(string name, int leftOut)
    {
        (Shape3 shape, ushort[] truth) = Read(name);
        int[] slices = [.. Enumerable.Range(1, shape.Z - 2)];
        int plane = (int)shape.PlaneCount;
        for (int seed = 1; seed <= (leftOut == 0 ? 1 : 2); seed++)
        {
            Random random = new(seed);
            random.Shuffle(slices);
            ushort[] seen = [.. truth];
            foreach (int z in slices.Take(leftOut))
            {
                seen.AsSpan(z * plane, plane).Clear();
            }

            uint[] linked = SliceLinkTests.Link(shape, SliceLinkTests.Rename([.. seen.Select(id => (uint)id)], shape, random), maxGap: 3);

            HashSet<(ushort, uint)> pairs = [.. seen.Zip(linked)];
            Assert.Equal(seen.Distinct().Count(), pairs.Count);
            Assert.Equal(linked.Distinct().Count(), pairs.Count);
        }
    }

    private static (Shape3 Shape, ushort[] Labels) Read(string name)
    {
        string? path = TestData.Find(Folder + name + ".nrrd");
        Assert.SkipWhen(path is null, TestData.Missing(Folder + name + ".nrrd"));
        return NrrdLabels.Read(path);
    }

    /// <summary>The 4-connected components of each label in each slice.</summary>
    private static uint[] Pieces(ushort[] truth, Shape3 shape)
    {
        uint[] pieces = new uint[truth.Length];
        int plane = (int)shape.PlaneCount;
        using BitVolume bits = new(shape with { Z = 1 });
        using VoxelBuffer one = VoxelBuffer.Rent(shape with { Z = 1 }, VoxelType.UInt8);
        using RunLabels labels = new();
        for (int z = 0; z < shape.Z; z++)
        {
            ArraySegment<ushort> slice = new(truth, z * plane, plane);
            uint before = 0;
            foreach (ushort label in slice.Where(label => label != 0).Distinct().ToArray())
            {
                for (int i = 0; i < plane; i++)
                {
                    one.Bytes[i] = slice[i] == label ? (byte)1 : (byte)0;
                }

                bits.Fill(one, 1);
                labels.Label(bits, Connectivity.Six);
                for (int y = 0; y < shape.Y; y++)
                {
                    (int first, int end) = labels.RunsOf(0, y);
                    for (int run = first; run < end; run++)
                    {
                        int row = (z * plane) + (y * shape.X);
                        pieces.AsSpan(row + labels.Starts[run], labels.Ends[run] - labels.Starts[run]).Fill(before + (uint)labels.Objects[run] + 1);
                    }
                }

                before += (uint)labels.Count;
            }
        }

        return pieces;
    }

    /// <summary>H(linked | truth), what was split, and H(truth | linked), what was merged.</summary>
    private static (double Split, double Merge) Variation(uint[] linked, ushort[] truth)
    {
        Dictionary<(ushort, uint), long> both = [];
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] != 0)
            {
                both[(truth[i], linked[i])] = both.GetValueOrDefault((truth[i], linked[i])) + 1;
            }
        }

        double joint = Entropy(both.Values);
        return (joint - Entropy(both.GroupBy(pair => pair.Key.Item1).Select(group => group.Sum(pair => pair.Value))),
            joint - Entropy(both.GroupBy(pair => pair.Key.Item2).Select(group => group.Sum(pair => pair.Value))));
    }

    private static double Entropy(IEnumerable<long> counts)
    {
        long[] all = [.. counts];
        double total = all.Sum();
        return -all.Sum(count => count / total * Math.Log2(count / total));
    }
}
