using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Training;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class TrainingRunTests : IDisposable
{
    private static readonly TrainingSettings Settings = new()
    {
        Seed = 2, Steps = 8, Batch = 2, Prompts = new PromptSettings { Clicks = 1, RoundsWithoutClick = 0 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("scrollseg").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_StoppedAndStartedAgain_WritesTheLossesOfAnUnbrokenRun()
    {
        string whole = Path.Combine(_folder, "whole");
        string broken = Path.Combine(_folder, "broken");
        await Run(whole).RunAsync(null, TestContext.Current.CancellationToken);
        using (CancellationTokenSource stop = new())
        {
            await Run(broken).RunAsync(state => Stop(state.Step == 3, stop), stop.Token);
        }

        File.AppendAllText(Path.Combine(broken, "losses.csv"), "5,1,1,1,1,1,1,1,1\n"); // as if it had been killed after its checkpoint
        TrainingProgress last = await Run(broken).RunAsync(null, TestContext.Current.CancellationToken);

        Assert.Equal(8, last.Step);
        Assert.Equal(Losses(whole), Losses(broken));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, TrainingRun.WeightsName)), File.ReadAllBytes(Path.Combine(broken, TrainingRun.WeightsName)));
    }

    [Fact]
    public async Task Run_InAFolderOfOtherSettings_IsRefused()
    {
        await Run(_folder).RunAsync(null, TestContext.Current.CancellationToken);

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(
            () => Run(_folder, Settings with { Seed = 3 }).RunAsync(null, TestContext.Current.CancellationToken));

        Assert.Contains("is of another training", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LeavesWeightsThatSayWhatTheyAreFor_AndPictures()
    {
        TrainingRun run = Run(_folder);
        await run.RunAsync(null, TestContext.Current.CancellationToken);

        SamCheckpoint checkpoint = SamCheckpoint.Load(run.Weights);
        checkpoint.Network.Dispose();
        Assert.True(checkpoint.Training.WithoutPrompts);
        Assert.False(checkpoint.Training.OnPhantomsOnly);
        Assert.True(File.Exists(Path.Combine(_folder, "panels", "000008.png")));
        Assert.True(File.Exists(Path.Combine(_folder, "panels", "000008-clicks.png")));
        Assert.True(File.Exists(Path.Combine(_folder, "panels", "augmentations.png")));
        Assert.True(File.Exists(Path.Combine(_folder, "curves.png")));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(_folder, "tensorboard")));

        IReadOnlyList<ClickScore> clicks = await run.ScoreClicksAsync(1);
        Assert.Equal([1, 2, 3, 5, 9], clicks.Select(score => score.Clicks));
        Assert.All(clicks, score => Assert.True(score.OracleIou >= score.MeanIou && score.Objects == 1));
    }

    [Fact]
    public async Task Run_WithoutProgress_EndsEarly()
    {
        TrainingSettings still = Settings with { Rate = new RateSchedule { Peak = 1e-12, WarmUp = 0 }, Steps = 100 };
        TrainingRun run = new(_folder, still, new Squares(), new Squares())
        {
            Network = Tiny.Config,
            Watching = new RunSettings { ValidateEvery = 1, ValidationExamples = 1, Patience = 2 },
        };

        TrainingProgress last = await run.RunAsync(null, TestContext.Current.CancellationToken);

        Assert.Equal(3, last.Step); // one to be the best, two that are no better
    }

    private static void Stop(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    private static string[] Losses(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "losses.csv")).Select(row => string.Join(',', row.Split(',')[..^1]))]; // without the time

    private static TrainingRun Run(string folder, TrainingSettings? settings = null) => new(folder, settings ?? Settings, new Squares(), new Squares())
    {
        Network = Tiny.Config,
        Watching = new RunSettings { LogEvery = 1, ValidateEvery = 4, CheckpointEvery = 2, ValidationExamples = 2, TensorBoard = true },
    };
}
