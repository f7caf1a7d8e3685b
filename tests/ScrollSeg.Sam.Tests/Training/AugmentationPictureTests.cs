using ScrollSeg.Sam.Training;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class AugmentationPictureTests
{
    private const int Side = 32;

    [Fact]
    public void Changes_EachStandsAlone_AndDropoutNeedsSeveralSlices()
    {
        TrainingExample one = Squares.Batch(0)[0];
        TrainingExample three = one with { Grey = [.. one.Grey, .. one.Grey, .. one.Grey] };

        string[] captions = [.. AugmentationPicture.ChangesOf(one, new Augmentation()).Select(change => change.Caption)];

        Assert.Equal(
            ["as it is", "quarter turn", "mirrored", "contrast x 1.25", "contrast / 1.25", "brightness +20", "brightness -20", "noise 8"], captions);
        Assert.Equal("slice 1 missing", AugmentationPicture.ChangesOf(three, new Augmentation()).Last().Caption);
        Assert.Single(AugmentationPicture.ChangesOf(one, new Augmentation { Turns = false, Contrast = 1, Brightness = 0, Noise = 0, SliceDropout = 0 }));
        Assert.All(AugmentationPicture.ChangesOf(three, new Augmentation()).Skip(1), change => Assert.InRange(DifferencesOf(change.Change), 0, 1));
    }

    [Fact]
    public void Draw_ShowsTheExampleFirst_AndTheChangesBesideIt()
    {
        TrainingExample example = Squares.Batch(0)[0] with { Labels = new byte[Side * Side] };

        PixelImage picture = AugmentationPicture.Draw(example, new Augmentation(), new Random(1));

        Assert.Equal((4 * (Side + 4), 2 * (Side + 18)), (picture.Width, picture.Height));
        Assert.Equal((byte)example.Grey[5], At(18, 5)); // captions are 18 rows high
        Assert.Equal((byte)example.Grey[(5 * Side) + Side - 1], At(18, Side + 4 + 5)); // after a quarter turn the last column is the first row
        Assert.Equal((byte)example.Grey[Side - 1], At(18, 2 * (Side + 4)));
        Assert.Equal((byte)Math.Clamp(example.Grey[5] + 20, 0, 255), At((Side + 18) + 18, (Side + 4) + 5));

        byte At(int row, int column) => picture.Samples[((row * picture.Width) + column) * 3];
    }

    private static int DifferencesOf(AugmentationChange change)
    {
        AugmentationChange none = AugmentationChange.None;
        return new[]
        {
            change.Flip != none.Flip, change.Quarters != none.Quarters, change.Contrast != none.Contrast,
            change.Brightness != none.Brightness, change.Noise != none.Noise, change.Missing != none.Missing,
        }.Count(differs => differs);
    }
}
