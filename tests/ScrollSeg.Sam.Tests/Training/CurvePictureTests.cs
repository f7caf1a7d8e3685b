using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class CurvePictureTests
{
    private static readonly CurvePicture.Curve Falling = new("loss", [(0, 8), (50, 4), (100, 0)], Colour.Vermilion);
    private static readonly CurvePicture.Curve Rising = new("Dice", [(0, 0.5), (100, 0.9)], Colour.SkyBlue);

    [Fact]
    public void Draw_TwoCurves_CrossWhereBothAreHalfWay()
    {
        PixelImage picture = CurvePicture.Draw([Falling, Rising], 100);

        (int Row, int Column)[] falling = [.. Line(picture, Colour.Vermilion)];
        (int Row, int Column)[] rising = [.. Line(picture, Colour.SkyBlue)];
        Assert.True(falling.MinBy(at => at.Column).Row < falling.MaxBy(at => at.Column).Row);
        Assert.True(rising.MinBy(at => at.Column).Row > rising.MaxBy(at => at.Column).Row);
        int middle = picture.Width / 2;
        Assert.InRange(falling.First(at => at.Column == middle - 8).Row, falling.Average(at => at.Row) - 8, falling.Average(at => at.Row) + 8);
        Assert.Equal(falling.Max(at => at.Row), rising.Max(at => at.Row));
        Assert.Equal(falling.Min(at => at.Row), rising.Min(at => at.Row));
    }

    /// <summary>Scales are there, on the curve's own side, and none is for a curve without points.</summary>
    [Fact]
    public void Draw_Scales_StandOnTheirSides()
    {
        PixelImage both = CurvePicture.Draw([Falling, Rising], 100);
        PixelImage one = CurvePicture.Draw([Falling, Rising with { Points = [] }], 100);

        Assert.True(Pixels(both, Colour.Vermilion).Count(at => at.Column < 60) > 100);
        Assert.True(Pixels(both, Colour.SkyBlue).Count(at => at.Column > both.Width - 60 && at.Row > 30) > 100);
        Assert.DoesNotContain(Pixels(one, Colour.SkyBlue), at => at.Row > 30); // its name alone
    }

    [Fact]
    public void Draw_OnePoint_IsInTheMiddle()
    {
        PixelImage picture = CurvePicture.Draw([Falling with { Points = [(30, 5)] }], 100);

        Assert.NotEmpty(Line(picture, Colour.Vermilion));
    }

    /// <summary>What lies between the scales.</summary>
    private static IEnumerable<(int Row, int Column)> Line(PixelImage picture, Colour colour) =>
        Pixels(picture, colour).Where(at => at.Column >= 64 && at.Column <= picture.Width - 64 && at.Row > 24);

    private static IEnumerable<(int Row, int Column)> Pixels(PixelImage picture, Colour colour)
    {
        Canvas canvas = Canvas.Of(picture);
        for (int row = 0; row < canvas.Height; row++)
        {
            for (int column = 0; column < canvas.Width; column++)
            {
                if (canvas[row, column] == colour)
                {
                    yield return (row, column);
                }
            }
        }
    }
}
