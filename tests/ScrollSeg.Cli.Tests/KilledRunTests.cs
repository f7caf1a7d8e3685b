using System.Diagnostics;
using ScrollSeg.Cli;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests;

/// <summary>A tenth of what <c>tools/reliability/kill_loop.sh</c> does: processes are killed while they write, and what comes of the run
/// in the end is compared with an unbroken one, byte for byte.</summary>
public sealed class KilledRunTests : IDisposable
{
    private const int Kills = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Unbroken => _folder["unbroken/masks.zarr"];

    private string Killed => _folder["killed/masks.zarr"];

    private string KilledRun => _folder["killed/masks.run"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Segment_KilledAtRandomMoments_ComesToTheSameBytes()
    {
        string scan = SmallScan.Write(_folder["scan.zarr"]);
        string[] settings = ["--model", "otsu", "--durability", "none"];
        await CompleteAsync(["segment", scan, "-o", Unbroken, .. settings]);
        int files = FilesOf(_folder["unbroken"]);

        int kills = 0;
        for (int run = 0; kills < Kills; run++)
        {
            int shards = (run % 3) + 1;
            for (int shard = 0; shard < shards; shard++)
            {
                string[] command = ["segment", scan, "-o", Killed, .. settings, .. ShardOf(shard, shards)];
                for (int i = 0; i < 3 && kills < Kills && await IsKilledAsync(files, command); i++)
                {
                    kills++;
                }

                await CompleteAsync(command);
            }

            if (shards > 1)
            {
                await CompleteAsync("finalize", "--run", KilledRun);
            }

            Assert.Equal(SmallScan.Contents(Unbroken), SmallScan.Contents(Killed));
            Assert.DoesNotContain(
                Directory.GetFiles(_folder["killed"], "*", SearchOption.AllDirectories), path => path.EndsWith(".tmp", StringComparison.Ordinal));
            Directory.Delete(_folder["killed"], recursive: true);
        }
    }

    /// <summary>Objects that are carried from slice to slice: the order of the slices matters, and must not depend on when a process
    /// died.</summary>
    [Fact]
    public async Task Propagate_KilledAtRandomMoments_ComesToTheSameBytes()
    {
        string scan = SmallScan.Write(_folder["scan.zarr"]);
        await File.WriteAllTextAsync(_folder["p.json"], """{"objects": [{"slice": 12, "box": [5, 5, 30, 30]}]}""", Token);
        string[] settings =
        [
            "--model", Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth"), "--device", "cpu", "--tile", "40", "--durability", "none",
            "--region", "0:24,:,:", "--threshold", "0.000001", "--prompts", $"propagate:{_folder["p.json"]},by=box,change=1000000",
        ];
        await CompleteAsync(["segment", scan, "-o", Unbroken, .. settings]);
        int files = FilesOf(_folder["unbroken"]);

        string[] command = ["segment", scan, "-o", Killed, .. settings];
        for (int i = 0; i < 3; i++)
        {
            await IsKilledAsync(files, command);
        }

        await CompleteAsync(command);

        Assert.Equal(SmallScan.Contents(Unbroken), SmallScan.Contents(Killed));
        Assert.Equal(
            SmallScan.Contents(_folder["unbroken/masks.run/propagate"]), SmallScan.Contents(_folder["killed/masks.run/propagate"]));
        Assert.True(Directory.GetFiles(_folder["killed/masks.run/propagate/slices"]).Length > 10);
    }

    private static string[] ShardOf(int shard, int shards) => shards == 1 ? [] : ["--shard", $"{shard}/{shards}"];

    private static int FilesOf(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length : 0;

    /// <summary>Kills a process once a random number of files is there; temporary ones count.</summary>
    /// <returns>Whether it was killed before it was done.</returns>
    private async Task<bool> IsKilledAsync(int files, string[] command)
    {
        int before = FilesOf(_folder["killed"]);
        int wanted = before + _random.Next(Math.Max(1, files - before));
        using Process process = Start(command);
        while (!process.HasExited && CountOrFewer(before) < wanted)
        {
            await Task.Delay(1, Token);
        }

        bool isKilled = !process.HasExited;
        process.Kill();
        await process.WaitForExitAsync(Token);
        return isKilled;
    }

    /// <summary>Files come and go while they are listed.</summary>
    private int CountOrFewer(int before)
    {
        try
        {
            return FilesOf(_folder["killed"]);
        }
        catch (DirectoryNotFoundException)
        {
            return before;
        }
    }

    private static async Task CompleteAsync(params string[] command)
    {
        using Process process = Start(command);
        string error = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == ExitCode.Done, $"{string.Join(' ', command)}: {error}");
    }

    private static Process Start(string[] command) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "scrollseg.dll"), .. command])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true, // a few lines, which nobody reads
        })!;
}
