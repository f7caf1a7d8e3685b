using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Model;

public sealed class FirstGuessTests
{
    private const int View = 32;

    private static readonly SamConfig Guessing = Tiny.Config with { GuessesFirst = true };

    /// <summary>Two squares at rows 2..5, the first at columns 2..5, the second at 10..13; logits name their cells.</summary>
    private static readonly float[] Seen =
    [
        .. Enumerable.Range(0, View * View).Select(cell => IsSquare(cell / View, cell % View, 2) || IsSquare(cell / View, cell % View, 10)
            ? 1 + (cell / 100f) : -1 - (cell / 100f)),
    ];

    [Fact]
    public void AddTo_Clicks_ArePiecesUnderThoseOnTheObject()
    {
        using DisposeScope scope = NewDisposeScope();
        Prompts prompts = new(4)
        {
            Points = tensor(new float[] { 3, 3, 20, 20, /**/ 12, 4, 3, 3, /**/ 3, 4, 11, 5, /**/ 8, 3, 20, 20 }, [4, 2, 2]),
            Labels = tensor(new float[] { 1, 1, /**/ 1, 0, /**/ 1, 1, /**/ 1, 1 }, [4, 2]),
        };

        Prompts guessed = FirstGuess.AddTo(prompts, tensor(Seen, [1, 1, View, View]), Tiny.Config);

        AssertGuess(guessed, 0, cell => IsSquare(cell / View, cell % View, 2));
        AssertGuess(guessed, 1, cell => IsSquare(cell / View, cell % View, 10)); // what is not the object begins nothing
        AssertGuess(guessed, 2, cell => Seen[cell] > 0);
        Assert.Equal([true, true, true, false], guessed.IsMask!.data<bool>().ToArray()); // the last set clicks beside them
    }

    [Fact]
    public void AddTo_Boxes_AreWhatLiesInThemUnderTheClicksIfThereAreAny()
    {
        using DisposeScope scope = NewDisposeScope();
        Prompts prompts = new(3) { Boxes = tensor(new float[] { 4, 0, 12, 31, /**/ 0, 4, 31, 31, /**/ 20, 20, 31, 31 }, [3, 4]) };
        Tensor seen = tensor(Seen, [1, 1, View, View]);

        Prompts guessed = FirstGuess.AddTo(prompts, seen, Tiny.Config);
        Prompts clicked = FirstGuess.AddTo(
            prompts with { Points = tensor(new float[] { 4, 4, 4, 4, 4, 4 }, [3, 1, 2]), Labels = ones(3, 1) }, seen, Tiny.Config);

        AssertGuess(guessed, 0, cell => Seen[cell] > 0 && cell % View is >= 4 and <= 12);
        AssertGuess(guessed, 1, cell => Seen[cell] > 0 && cell / View >= 4);
        Assert.Equal([true, true, false], guessed.IsMask!.data<bool>().ToArray());
        AssertGuess(clicked, 0, cell => IsSquare(cell / View, cell % View, 2) && cell % View >= 4);
    }

    [Fact]
    public void AddTo_NothingSeen_LeavesThePromptsAsTheyAre()
    {
        using DisposeScope scope = NewDisposeScope();
        Prompts prompts = new(1) { Points = tensor(new float[] { 20, 20 }, [1, 1, 2]), Labels = ones(1, 1) };

        Assert.Same(prompts, FirstGuess.AddTo(prompts, tensor(Seen, [1, 1, View, View]), Tiny.Config));
    }

    [Fact]
    public void Decode_OfANetworkThatGuesses_RefinesWhatItSeesWithoutPrompts()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        using SamNetwork plain = Tiny.Network();
        Tensor image = randn(1, 16, 8, 8);
        Tensor seen = plain.Decode(image, new Prompts(1)).Masks.narrow(1, 0, 1);
        float[] logits = seen.contiguous().data<float>().ToArray();
        (int inside, int outside) = (Array.IndexOf(logits, logits.Max()), Array.IndexOf(logits, logits.Min()));
        SamConfig config = Guessing with { MaskThreshold = (logits[inside] + logits[outside]) / 2 };
        using SamNetwork guessing = Tiny.Network(config);
        Prompts both = Click(inside, outside);

        Tensor answers = guessing.Decode(image, both).Masks;

        Prompts guess = FirstGuess.AddTo(Click(inside), seen, config);
        Assert.Equal(1, guess.Masks!.shape[0]);
        AssertClose(plain.Decode(image, guess with { IsMask = null }).Masks, answers.narrow(0, 0, 1));
        AssertClose(plain.Decode(image, Click(outside)).Masks, answers.narrow(0, 1, 1)); // nothing is seen there
        Assert.True(Distance(plain.Decode(image, Click(inside)).Masks, answers.narrow(0, 0, 1)) > 1e-3);
        AssertClose(plain.Decode(image, new Prompts(1)).Masks, guessing.Decode(image, new Prompts(1)).Masks);
        Prompts given = Click(inside) with { Masks = ones(1, 1, View, View) };
        AssertClose(plain.Decode(image, given).Masks, guessing.Decode(image, given).Masks); // a mask that is given is not replaced

        static Prompts Click(params int[] cells) => new(cells.Length)
        {
            Points = tensor([.. cells.SelectMany(cell => new float[] { cell % View, cell / View })], [cells.Length, 1, 2]),
            Labels = ones(cells.Length, 1),
        };
    }

    [Fact]
    public void Decode_OfANetworkThatGuesses_LeavesTwoTensorsBehind()
    {
        using DisposeScope scope = NewDisposeScope();
        using SamNetwork network = Tiny.Network(Guessing);
        Tensor image = randn(2, 16, 8, 8);
        Prompts prompts = new(2) { Boxes = tensor(new float[] { 0, 0, 31, 31, 0, 0, 31, 31 }, [2, 4]) };
        int before = scope.DisposablesCount;

        network.Decode(image, prompts);

        Assert.Equal(before + 2, scope.DisposablesCount);
    }

    [Fact]
    public void Load_OfAFile_KnowsWhetherTheNetworkGuesses()
    {
        using TemporaryFolder folder = new();
        foreach (SamConfig config in new[] { Tiny.Config, Guessing })
        {
            using SamNetwork network = Tiny.Network(config);
            SamCheckpoint.Save(folder["w.safetensors"], network, new SamTraining { Prompts = ["none", "point"] });
            SamCheckpoint read = SamCheckpoint.Load(folder["w.safetensors"]);
            Assert.Equal(config.GuessesFirst, read.Network.Config.GuessesFirst);
            read.Network.Dispose();
        }
    }

    private static bool IsSquare(int y, int x, int left) => y is >= 2 and <= 5 && x >= left && x <= left + 3;

    private static void AssertGuess(Prompts guessed, int set, Predicate<int> isInside)
    {
        float[] expected = [.. Seen.Select((logit, cell) => isInside(cell) ? logit : -Math.Abs(logit))];
        Assert.Equal(expected, guessed.Masks![set].contiguous().data<float>().ToArray());
    }

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.True(Distance(expected, actual) < 1e-4, $"{Distance(expected, actual)}");

    private static float Distance(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
