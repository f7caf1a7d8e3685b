using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class LabelledSourceTests
{
    private const int Side = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Example_ShowsGreyAndLabelsOfOnePlace_AndNothingOfWhatIsHeldOut()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + (10 * y) + x));
        await using VolumeReader labels = Picture((y, x) => (byte)((y + x) % 3 == 0 ? 255 : 0));
        LabelledOptions options = new()
        {
            Except = image.Info.Bounds.With(Axis.X, 12, 8), Range = new(0, 255),
        };
        LabelledSource source = await LabelledSource.OpenAsync(image, labels, null, options, Token);

        for (int number = 0; number < 20; number++)
        {
            TrainingExample example = await source.ExampleAsync(number, Side, Token);
            Assert.True(Start(example, 'x') + Side <= 12, example.Origin);
            for (int i = 0; i < Side * Side; i++)
            {
                (int row, int column) = (Start(example, 'y') + (i / Side), Start(example, 'x') + (i % Side));
                Assert.Equal(1 + (10 * row) + column, example.Grey[i], 0.01f);
                Assert.Equal((row + column) % 3 == 0 ? 1 : 0, example.Labels[i]);
            }
        }

        Assert.Contains("labels are 0 and 255", Assert.Single(source.Notes), StringComparison.Ordinal);
    }

    /// <summary>One column in thirteen is left: drawing places at random must not give up before it is found.</summary>
    [Fact]
    public async Task Example_LittleLeftBesideWhatIsHeldOut_IsFoundEachTime()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + y + x));
        await using VolumeReader labels = Picture((y, x) => (byte)(x % 2));
        LabelledOptions options = new() { Except = image.Info.Bounds.With(Axis.X, Side, 20 - Side), Range = new(0, 255) };
        LabelledSource source = await LabelledSource.OpenAsync(image, labels, null, options, Token);

        for (int number = 0; number < 200; number++)
        {
            Assert.Equal(0, Start(await source.ExampleAsync(number, Side, Token), 'x'));
        }
    }

    /// <summary>Grey values name their place, labels follow them: a magnified patch has small steps of grey, a shrunk one large ones.</summary>
    [Fact]
    public async Task Example_Zoom_MagnifiesAndShrinksGreyAndLabelsAlike()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(100 + (5 * x)));
        await using VolumeReader labels = Picture((y, x) => (byte)(x < 10 ? 0 : 1));
        LabelledOptions options = new() { Zoom = 2, Range = new(0, 255), ForegroundShare = 1, Except = image.Info.Bounds.With(Axis.Y, 15, 5) };
        LabelledSource source = await LabelledSource.OpenAsync(image, labels, null, options, Token);

        List<double> steps = [];
        for (int number = 0; number < 200; number++)
        {
            TrainingExample example = await source.ExampleAsync(number, Side, Token);
            steps.Add((example.Grey[5] - example.Grey[2]) / 15);
            for (int i = 0; i < Side * Side; i++)
            {
                double column = (example.Grey[i] - 100) / 5;
                Assert.True(Math.Abs(column - 9.5) < 1.01 || column > 9.5 == (example.Labels[i] == 1), $"{example.Origin}: {column} is {example.Labels[i]}");
            }
        }

        Assert.InRange(steps.Min(), 0.5, 0.55); // 4 of 20 voxels fill the view
        Assert.InRange(steps.Max(), 1.8, 1.9); // 15 of them: there is room for no more beside what is held out
        Assert.InRange(steps.Count(step => step < 1), 70, 130); // factors up and down have equal chances
    }

    /// <summary>Grey values name their slices.</summary>
    [Theory]
    [InlineData("adjacent", 3)]
    [InlineData("strided:3", 3)]
    [InlineData("uniform:5", 4)]
    [InlineData("normal:-1,2", 3)]
    public async Task Example_Tuples_LieAsTheEnginesDoAndKnowTheirOwnSlice(string spacing, int channels)
    {
        await using MemoryVolume image = MemoryVolume.Of(new Shape3(12, 20, 20), new Shape3(12, 20, 20), (z, _, _) => (ushort)(10 * z));
        await using MemoryVolume labels = MemoryVolume.Of(new Shape3(12, 20, 20), new Shape3(12, 20, 20), (_, _, x) => (ushort)(x % 2));
        TupleSpacing wanted = StrategyText.ParseSpacing(spacing);
        LabelledOptions options = new() { Channels = channels, Spacing = wanted, Range = new(0, 255) };
        LabelledSource source = await LabelledSource.OpenAsync(image, labels, null, options, Token);

        HashSet<string> tuples = [];
        for (int number = 0; number < 60; number++)
        {
            TrainingExample example = await source.ExampleAsync(number, Side, Token);
            int target = Start(example, 'z');
            int[] shown = [.. Enumerable.Range(0, channels).Select(k => (int)Math.Round(example.Grey[k * Side * Side] / 10))];
            Assert.Equal(shown.MinBy(slice => Math.Abs(slice - target)), shown[example.Labelled]);
            tuples.Add($"{target}: {string.Join(' ', shown)}");
            if (wanted is StridedSpacing strided)
            {
                Assert.Equal([target - strided.Stride, target, target + strided.Stride], shown.Select((slice, k) => slice is 0 or 11 ? target + ((k - 1) * strided.Stride) : slice));
            }
        }

        Assert.True(wanted.IsDrawn ? tuples.Count > 30 : tuples.Count <= 12, $"{tuples.Count}");
    }

    [Fact]
    public async Task Open_MoreDrawnSlicesThanThereAre_IsRefused()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + y + x));
        await using VolumeReader labels = Picture((y, x) => (byte)(x % 2));

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => LabelledSource.OpenAsync(image, labels, null, new LabelledOptions { Channels = 2, Spacing = new UniformSpacing(3) }, Token));

        Assert.Contains("2 slices, uniform:3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Example_InOrder_CoversWhatIsWithin()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + y + x));
        await using VolumeReader labels = Picture((y, x) => (byte)(x % 2));
        Box3 within = image.Info.Bounds.With(Axis.X, 4, 16);
        LabelledSource source = await LabelledSource.OpenAsync(image, labels, null, new LabelledOptions { Within = within, InOrder = true }, Token);

        HashSet<(int, int)> covered = [];
        for (int number = 0; number < source.Count(Side); number++)
        {
            TrainingExample example = await source.ExampleAsync(number, Side, Token);
            for (int i = 0; i < Side * Side; i++)
            {
                covered.Add((Start(example, 'y') + (i / Side), Start(example, 'x') + (i % Side)));
            }
        }

        Assert.Equal(16 * 20, covered.Count);
        Assert.All(covered, place => Assert.InRange(place.Item2, 4, 19));
    }

    [Fact]
    public async Task Example_BesideTheMask_IsIgnored()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + y));
        await using VolumeReader labels = Picture((y, x) => (byte)(x % 2));
        await using VolumeReader mask = Picture((y, x) => (byte)(y < 18 ? 1 : 0));
        LabelledSource source = await LabelledSource.OpenAsync(
            image, labels, mask, new LabelledOptions { Within = image.Info.Bounds.With(Axis.Y, 12, 8), InOrder = true }, Token);

        TrainingExample example = await source.ExampleAsync(0, Side, Token);

        Assert.All(example.Labels.Take(6 * Side), label => Assert.InRange(label, 0, 1));
        Assert.All(example.Labels.Skip(6 * Side), label => Assert.Equal(TrainingExample.Ignored, label));
    }

    [Fact]
    public async Task Open_LabelsOfAnotherSize_AreRefusedWithBothSizes()
    {
        await using VolumeReader image = Picture((y, x) => 1);
        await using VolumeReader labels = new PictureVolume(new PixelImage(5, 6, 1, VoxelType.UInt8, new byte[30]), "labels.png");

        VolumeFormatException refused = await Assert.ThrowsAsync<VolumeFormatException>(
            () => LabelledSource.OpenAsync(image, labels, null, new LabelledOptions(), Token));

        Assert.Contains("labels.png", refused.Message, StringComparison.Ordinal);
        Assert.Contains(labels.Info.Shape.ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Contains(image.Info.Shape.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task Open_LabelsOfOneClass_AreRefused(byte label)
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + x));
        await using VolumeReader labels = Picture((_, _) => label);

        VolumeFormatException refused = await Assert.ThrowsAsync<VolumeFormatException>(
            () => LabelledSource.OpenAsync(image, labels, null, new LabelledOptions(), Token));

        Assert.Contains($"all labels are of one class (values found: {label})", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Example_PatchLargerThanTheImage_IsRefused()
    {
        await using VolumeReader image = Picture((y, x) => (byte)(1 + x));
        await using VolumeReader labels = Picture((y, x) => (byte)(x % 2));
        LabelledSource source = await LabelledSource.OpenAsync(image, labels, null, new LabelledOptions(), Token);

        VolumeFormatException refused = await Assert.ThrowsAsync<VolumeFormatException>(async () => await source.ExampleAsync(0, 64, Token));

        Assert.Contains("64 x 64", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resample_Bilinear_OfARamp_IsARamp()
    {
        float[] ramp = [.. Enumerable.Range(0, 16).Select(i => (float)(i % 4))];

        float[] doubled = Resample.Bilinear(ramp, 4, 8);

        Assert.Equal([0, 0.25f, 0.75f, 1.25f, 1.75f, 2.25f, 2.75f, 3], doubled.Take(8));
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], Resample.Nearest([.. ramp.Select(v => (byte)v)], 4, 8).Take(8).Select(v => (int)v));
    }

    [Fact]
    public void ThresholdChoice_FindsTheBestLevel_WhereItMayLook()
    {
        byte[] values = [10, 200, 90, 80, 250, 0];
        byte[] labels = [0, 1, 1, 0, 0, TrainingExample.Ignored];

        int level = ThresholdChoice.Best(values, labels, pixel => pixel != 4);

        Assert.Equal(90, level);
        Assert.Equal(0.8, ThresholdChoice.Score(values, level, labels, _ => true).Dice!.Value, 1e-12);
    }

    private static int Start(TrainingExample example, char axis)
    {
        string part = example.Origin.Split(", ").Single(text => text.StartsWith($"{axis} ", StringComparison.Ordinal));
        return int.Parse(part[2..].Split("..")[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static PictureVolume Picture(Func<int, int, byte> value)
    {
        byte[] samples = new byte[20 * 20];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = value(i / 20, i % 20);
        }

        return new PictureVolume(new PixelImage(20, 20, 1, VoxelType.UInt8, samples), "image.png");
    }
}
