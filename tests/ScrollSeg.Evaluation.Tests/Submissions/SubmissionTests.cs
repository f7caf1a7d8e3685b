using System.IO.Compression;
using CsCheck;
using ScrollSeg.Evaluation.Submissions;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Evaluation.Tests.Submissions;

public sealed class SubmissionTests
{
    /// <summary>Two rows of four: pixel 1 is the first, 5 begins the second row.</summary>
    [Theory]
    [InlineData("1 2 7 2", 1, 1, 0, 0, 0, 0, 1, 1)]
    [InlineData("4 2", 0, 0, 0, 1, 1, 0, 0, 0)]
    [InlineData("1 8", 1, 1, 1, 1, 1, 1, 1, 1)]
    [InlineData("", 0, 0, 0, 0, 0, 0, 0, 0)]
    public void Encode_KnownMask_CountsFromOneRowByRow(string expected, params int[] mask) =>
        Assert.Equal(expected, RunLengths.Encode([.. mask.Select(value => (byte)value)]));

    [Fact]
    public void Decode_WhatWasEncodedInPieces_IsTheMask()
    {
        Gen.Select(Gen.Byte[0, 1].Array[1, 60], Gen.Int[1, 20]).Sample((mask, piece) =>
        {
            RunLengths runs = new();
            for (int i = 0; i < mask.Length; i += piece)
            {
                runs.Add(mask.AsSpan(i, Math.Min(piece, mask.Length - i)));
            }

            Assert.Equal(mask, RunLengths.Decode(runs.Finish(), mask.Length));
        }, seed: "0N0XIzNsQ0O2", iter: 500, threads: 1);
    }

    [Theory]
    [InlineData("1 2 3", "pairs")]
    [InlineData("0 2", "from 1 on")]
    [InlineData("1 -2", "from 1 on")]
    [InlineData("3 2 4 1", "not behind pixel 4")]
    [InlineData("7 3", "within 8")]
    [InlineData("99999999999 1", "from 1 on")]
    public void Decode_DamagedText_IsRefused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => RunLengths.Decode(text, 8)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task InkSubmission_TwoMasks_HasARowForEach()
    {
        await using MemoryVolume a = Volume(new(1, 2, 2), [0, 1, 1, 0]);
        await using MemoryVolume b = Volume(new(1, 2, 2), [255, 0, 0, 255]);
        using TemporaryFolder folder = new();

        string text = await InkSubmission.WriteAsync([("a", a), ("b", b)], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["s.csv"], text, TestContext.Current.CancellationToken);

        Assert.Equal("Id,Predicted\na,2 2\nb,1 1 4 1\n", text);
        Assert.Equal([("a", "2 2"), ("b", "1 1 4 1")], InkSubmission.Read(folder["s.csv"]));
    }

    [Theory]
    [InlineData("", "expected 'Id,Predicted'")]
    [InlineData("Id,Predicted\na\n", "line 2")]
    [InlineData("Id,Predicted\na,1 1\na,1 1\n", "line 3")]
    public void InkSubmission_DamagedFile_IsRefused(string text, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["s.csv"], text);

        Assert.Contains(message, Assert.Throws<VolumeFormatException>(() => InkSubmission.Read(folder["s.csv"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InkSubmission_ProbabilityOrVolume_IsRefused()
    {
        await using MemoryVolume probability = Volume(new(1, 1, 2), [0, 77]);
        await using MemoryVolume volume = Volume(new(2, 1, 1), [0, 1]);

        Assert.Contains("77 at z 0, y 0, x 1", (await Assert.ThrowsAsync<InvalidRequestException>(
            () => InkSubmission.WriteAsync([("a", probability)], TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidRequestException>(() => InkSubmission.WriteAsync([("a", volume)], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SurfaceSubmission_Volume_ComesBackAndIsTheSameBytesAgain()
    {
        byte[] mask = [.. Enumerable.Range(0, 5 * 70 * 33).Select(i => (byte)(i * 7919 % 13 < 4 ? 1 : 0))];
        await using MemoryVolume volume = Volume(new(5, 70, 33), mask);
        using TemporaryFolder folder = new();
        using MemoryStream first = new();
        using MemoryStream second = new();

        await SurfaceSubmission.WriteAsync([("1407735", volume)], first, TestContext.Current.CancellationToken);
        await SurfaceSubmission.WriteAsync([("1407735", volume)], second, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["s.zip"], first.ToArray(), TestContext.Current.CancellationToken);
        string file = Assert.Single(SurfaceSubmission.Unpack(folder["s.zip"], folder.Path));

        Assert.Equal("1407735.tif", Path.GetFileName(file));
        Assert.Equal(first.ToArray(), second.ToArray());
        await using TiffPagesVolume back = await TiffPagesVolume.OpenAsync(file, new ReaderOptions(), TestContext.Current.CancellationToken);
        Assert.Equal((new Shape3(5, 70, 33), VoxelType.UInt8), (back.Info.Shape, back.Info.Type));
        using VoxelBuffer voxels = VoxelBuffer.Rent(back.Info.Shape, VoxelType.UInt8);
        await back.ReadAsync(back.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        Assert.Equal(mask, voxels.Bytes.ToArray());
    }

    [Theory]
    [InlineData("../1.tif")]
    [InlineData("readme.txt")]
    public void SurfaceSubmission_ArchiveOfSomethingElse_IsRefused(string name)
    {
        using TemporaryFolder folder = new();
        using (ZipArchive archive = ZipFile.Open(folder["s.zip"], ZipArchiveMode.Create))
        {
            archive.CreateEntry(name);
        }

        Assert.Throws<VolumeFormatException>(() => SurfaceSubmission.Unpack(folder["s.zip"], folder.Path));
    }

    [Fact]
    public void SurfaceSubmission_NoArchive_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["s.zip"], "not a zip");

        Assert.Throws<VolumeFormatException>(() => SurfaceSubmission.Unpack(folder["s.zip"], folder.Path));
    }

    private static MemoryVolume Volume(Shape3 shape, byte[] values)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        values.CopyTo(voxels.Bytes);
        return new MemoryVolume(voxels, shape);
    }
}
