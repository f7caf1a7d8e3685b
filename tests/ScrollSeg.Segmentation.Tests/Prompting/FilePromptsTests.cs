using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Prompting;

public sealed class FilePromptsTests : IDisposable
{
    private static readonly VolumeInfo Volume = new("scan", "test", new Shape3(10, 100, 80), VoxelType.UInt8, new Shape3(10, 10, 10));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_JsonAndCsvOfTheSamePrompts_GiveTheSame()
    {
        using FilePrompts json = Read("p.json", """
            {"objects": [
              {"slice": 3, "points": [[40, 60, 1], [42.5, 61, 0]]},
              {"slice": 4, "box": [30, 50, 60, 70]},
              {"points": [[41, 62, 1]], "box": [1, 2, 5, 9]}]}
            """);
        using FilePrompts csv = Read("p.csv", """
            object,slice,x,y,label,x0,y0,x1,y1
            a,3,40,60,1
            a,3,42.5,61,0
            b,4,,,,30,50,60,70
            c,,41,62,1
            c,,,,,1,2,5,9
            """);
        foreach (TilePlace place in new[] { new TilePlace(3, 40, 20), new TilePlace(4, 0, 0), new TilePlace(9, 48, 16) })
        {
            Assert.Equal(Texts(json, place), Texts(csv, place));
        }

        Assert.Equal(["point", "box"], json.Kinds);
        Assert.NotEqual(json.Identity, csv.Identity);
    }

    [Fact]
    public void ListFor_ATile_BringsPromptsToItsOwnPixelsAndLeavesOutWhatItDoesNotShow()
    {
        using FilePrompts prompts = Read("p.json", """
            {"objects": [
              {"slice": 3, "points": [[40, 60, 1], [70, 61, 0]], "box": [10, 50, 60, 70]},
              {"slice": 3, "points": [[5, 5, 1], [41, 61, 0]]},
              {"slices": [5, 6], "box": [0, 0, 21, 41]},
              {"slice": 3, "box": [60, 60, 70, 70]}]}
            """);

        // rows 40 to 71 and columns 20 to 51
        Assert.Equal(["(20, 20, True) BoxPrompt { X0 = 0, Y0 = 10, X1 = 31, Y1 = 30 }"], Texts(prompts, new TilePlace(3, 40, 20)));
        Assert.Empty(Texts(prompts, new TilePlace(4, 40, 20)));
        Assert.Equal(["BoxPrompt { X0 = 0, Y0 = 0, X1 = 1, Y1 = 1 }"], Texts(prompts, new TilePlace(6, 40, 20)));
    }

    [Theory]
    [InlineData("p.json", """{"objects": [{"slice": 10, "points": [[1, 1, 1]]}]}""", "object 0, of slices 10..10, lies outside")]
    [InlineData("p.json", """{"objects": [{"slice": 1, "points": [[80, 1, 1]]}]}""", "(10, 100, 80)")]
    [InlineData("p.json", """{"objects": [{"slice": 1, "box": [5, 1, 4, 9]}]}""", "object 0")]
    [InlineData("p.json", """{"objects": [{"slice": 1, "points": [[4, 1, 0]]}]}""", "neither a box nor a click on it")]
    public void Read_PromptsThatDoNotFit_AreRefusedByName(string name, string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<InvalidRequestException>(() => Read(name, text)).Message.Replace("[10, 100, 80]", "(10, 100, 80)", StringComparison.Ordinal), StringComparison.Ordinal);

    [Theory]
    [InlineData("p.json", "{\"objects\": [", "is no JSON of prompts")]
    [InlineData("p.json", "[]", "holds no list 'objects'")]
    [InlineData("p.json", """{"objects": [{"clicks": []}]}""", "'clicks' in object 0")]
    [InlineData("p.json", """{"objects": [{"points": [[1, 2]]}]}""", "2 numbers in object 0 where 3")]
    [InlineData("p.json", """{"objects": [{"points": [[1, 2, 5]]}]}""", "with label 1 on the object")]
    [InlineData("p.json", """{"objects": [{"slice": "x"}]}""", "is no JSON of prompts")]
    [InlineData("p.csv", "object,z,x,y,label\n1,2,3,4,1\n", "the column 'z'")]
    [InlineData("p.csv", "object,slice,x,y,label\n1,2,a,4,1\n", "line 2 has 'a' in column x")]
    [InlineData("p.csv", "object,slice,x,y,label\n1,2,3,4,7\n", "line 2 has a label")]
    [InlineData("p.csv", "object,slice,x0,y0,x1,y1\n1,2,3,4,7,8\n1,2,3,4,7,8\n", "line 3 is the second box")]
    public void Read_MalformedFiles_AreRefusedByPlace(string name, string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<VolumeFormatException>(() => Read(name, text)).Message, StringComparison.Ordinal);

    private FilePrompts Read(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return FilePrompts.Read(_folder[name], Volume);
    }

    private static string[] Texts(FilePrompts prompts, TilePlace place) =>
    [
        .. prompts.ListFor(place, 32, 8).Select(set =>
            $"{string.Join(" ", set.Points.Select(p => FormattableString.Invariant($"({p.X}, {p.Y}, {p.IsForeground})")))} {set.Box}".Trim()),
    ];
}
