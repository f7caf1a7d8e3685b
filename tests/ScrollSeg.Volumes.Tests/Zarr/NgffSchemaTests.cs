using System.Text.Json;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Our rules for NGFF attributes, against the specification's own test cases and small ones of ours.</summary>
public sealed class NgffSchemaTests
{
    private const string Good =
        """
        {"multiscales":[{"version":"0.4","name":"scan","axes":[{"name":"z","type":"space"},{"name":"y","type":"space"},
        {"name":"x","type":"space"}],"datasets":[{"path":"0","coordinateTransformations":[{"type":"scale","scale":[1,1,1]},
        {"type":"translation","translation":[0,0,0]}]}]}]}
        """;

    public static TheoryData<string, string> Suites => new()
    {
        { "0.4", "image" }, { "0.4", "strict_image" }, { "0.4", "label" }, { "0.4", "strict_label" },
        { "0.4", "plate" }, { "0.4", "strict_plate" }, { "0.4", "well" }, { "0.4", "strict_well" },
        { "0.5", "image" }, { "0.5", "strict_image" }, { "0.5", "label" }, { "0.5", "strict_label" },
        { "0.5", "plate" }, { "0.5", "strict_plate" }, { "0.5", "well" }, { "0.5", "strict_well" },
    };

    [Theory]
    [MemberData(nameof(Suites))]
    public void Defects_OfTheSpecificationsCases_AgreeWithItsVerdicts(string version, string suite)
    {
        string? path = TestData.Find($"interop/ngff/{version}/tests/{suite}_suite.json");
        Assert.SkipWhen(path is null, TestData.Missing("interop/ngff"));
        bool isStrict = suite.StartsWith("strict_", StringComparison.Ordinal);
        NgffKind kind = Enum.Parse<NgffKind>(suite[(isStrict ? "strict_".Length : 0)..], ignoreCase: true);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        List<string> disagreements = [];
        int cases = 0;
        foreach (JsonElement one in document.RootElement.GetProperty("tests").EnumerateArray())
        {
            cases++;
            bool isValid = one.GetProperty("valid").GetBoolean();
            IReadOnlyList<string> defects = NgffSchema.DefectsOf(one.GetProperty("data"), version, kind, isStrict);
            if (isValid != (defects.Count == 0))
            {
                string name = one.TryGetProperty("formerly", out JsonElement formerly) ? formerly.GetString()! : $"case {cases}";
                disagreements.Add($"{name} is {(isValid ? "valid" : "invalid")}: {string.Join("; ", defects)}");
            }
        }

        Assert.NotEqual(0, cases);
        Assert.Empty(disagreements);
    }

    [Fact]
    public void Defects_OfAnImage_AreNone() => Assert.Empty(DefectsOf(Good));

    [Theory]
    [InlineData("\"version\":\"0.4\"", "\"version\":4", "multiscales[0].version is 4, expected \"0.4\"")]
    [InlineData("\"name\":\"scan\"", "\"name\":7", "multiscales[0].name is 7, expected text")]
    [InlineData("{\"name\":\"z\",\"type\":\"space\"},", "{\"type\":\"space\"},", "multiscales[0].axes[0].name is missing")]
    [InlineData("{\"name\":\"z\"", "{\"name\":\"y\"", "multiscales[0].axes[1] is the same as multiscales[0].axes[0]")]
    [InlineData("\"z\",\"type\":\"space\"", "\"z\",\"type\":\"time\"", null)]
    [InlineData("[1,1,1]", "[1]", "multiscales[0].datasets[0].coordinateTransformations[0].scale has 1 entries, expected at least 2")]
    [InlineData("[0,0,0]", "[0,0,\"0\"]", "multiscales[0].datasets[0].coordinateTransformations[1].translation[2] is \"0\", expected a number")]
    [InlineData("{\"type\":\"scale\",\"scale\":[1,1,1]},", "", "multiscales[0].datasets[0].coordinateTransformations has 0 scales, expected 1")]
    [InlineData("\"type\":\"scale\"", "\"type\":\"affine\"", "multiscales[0].datasets[0].coordinateTransformations[0] is neither a scale nor a translation")]
    [InlineData("\"path\":\"0\",", "", "multiscales[0].datasets[0].path is missing")]
    public void Defects_OfAFlawedImage_NamePlaceAndExpectation(string from, string to, string? defect)
    {
        string flawed = Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, flawed);
        IReadOnlyList<string> defects = DefectsOf(flawed);
        if (defect is null)
        {
            Assert.Empty(defects);
        }
        else
        {
            Assert.Contains(defect, defects);
        }
    }

    [Fact]
    public void Defects_WithATranslationFirst_SayIt()
    {
        string swapped = """
            {"ome":{"version":"0.5","multiscales":[{"axes":[{"name":"y","type":"space"},{"name":"x","type":"space"}],"datasets":
            [{"path":"0","coordinateTransformations":[{"type":"translation","translation":[0,0]},{"type":"scale","scale":[1,1]}]}]}]}}
            """;

        Assert.Equal(
            ["ome.multiscales[0].datasets[0].coordinateTransformations has a translation before the scale"],
            NgffSchema.DefectsOf(JsonElement.Parse(swapped), "0.5", NgffKind.Image));
    }

    [Theory]
    [InlineData(2, "0.4")]
    [InlineData(3, "0.5")]
    public void Defects_OfWhatIsWrittenHere_AreNone(int zarrFormat, string version)
    {
        using TemporaryFolder folder = new();
        NgffImage image = new("scan", [new NgffLevel("0", (4, 2, 2), (0, 0, 0)), new NgffLevel("1", (8, 4, 4), (2, 1, 1))], InMicrometres: true)
        {
            DownscaleMethod = "mean",
            Extra = [],
        };
        NgffWriter.WriteImage(folder["a"], image, TestArrays.Files, zarrFormat: zarrFormat);
        NgffWriter.WriteLabelImage(folder["b"], image, [(1, 255, 128, 0, 200)], TestArrays.Files, zarrFormat: zarrFormat);
        NgffWriter.WriteLabelImage(folder["c"], image, [], TestArrays.Files, zarrFormat: zarrFormat);

        foreach ((string name, NgffKind kind) in new[] { ("a", NgffKind.Image), ("b", NgffKind.Image), ("b", NgffKind.Label), ("c", NgffKind.Label) })
        {
            string file = Path.Combine(folder[name], zarrFormat == 2 ? ".zattrs" : "zarr.json");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement attributes = zarrFormat == 2 ? document.RootElement : document.RootElement.GetProperty("attributes");
            Assert.Empty(NgffSchema.DefectsOf(attributes, version, kind, isStrict: name != "c")); // colours should be there, but of a million objects?
        }
    }

    private static IReadOnlyList<string> DefectsOf(string json) => NgffSchema.DefectsOf(JsonElement.Parse(json), "0.4", NgffKind.Image);
}
