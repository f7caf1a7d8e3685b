using System.Diagnostics;
using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Tests.Data;

namespace ScrollSeg.Tests;

/// <summary>Conversions whose process is killed while its source keeps it waiting.</summary>
public sealed class ConvertResumeTests : IDisposable
{
    private const int ChunksBeforeTheWait = 50;

    private readonly TemporaryFolder _folder = new();
    private int _asked;

    public static TheoryData<string, string[]> Targets => new()
    {
        { "a.zarr", ["--chunk", "8,8,16", "--levels", "3"] },
        { "b.zarr", ["--chunk", "8,8,16", "--zarr-format", "3", "--shard-shape", "8,16,32"] },
        { "c.tif", [] },
        { "f.tif", ["--codec", "deflate"] },
        { "d.nrrd", ["--dtype", "f4"] },
        { "e", ["--to", "tiffs", "--region", "1:39,:,:"] },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Served => _folder["served"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Convert_Killed_GoesOnToTheSameBytes(string name, string[] options)
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);
        string[] settings = ["--voxel-memory", "100kB", .. options];
        string source = server.Address + "/scan.zarr";
        await DoneAsync(["convert", source, _folder["whole/" + name], .. settings]);

        server.Fault = request => IsChunk(request.Key) && Interlocked.Increment(ref _asked) > ChunksBeforeTheWait ? new Misbehaviour { Silent = true } : null;
        string killed = _folder["killed/" + name];
        await KillAsync(killed + ".convert/done.tsv", ["convert", source, killed, .. settings]);
        Assert.False(Path.Exists(killed));
        Dictionary<string, DateTime> there = Written(killed + ".partial");
        int noted = NotedIn(killed + ".convert/done.tsv");
        server.Fault = _ => null;
        server.ForgetRequests();

        (string output, string error) = await DoneAsync(["convert", source, killed, .. settings]);

        Assert.Contains("going on with", error, StringComparison.Ordinal);
        Assert.StartsWith(killed, output, StringComparison.Ordinal);
        Assert.Equal(Contents(_folder["whole/" + name]), Contents(killed));
        Assert.Equal([name], Directory.EnumerateFileSystemEntries(_folder["killed"]).Select(path => Path.GetFileName(path)));
        Assert.DoesNotContain("scan.zarr/0/0/0/0", server.Gets.Keys); // what the first slices came from is not read again
        if (Directory.Exists(killed))
        {
            int untouched = there.Count(file => file.Value == File.GetLastWriteTimeUtc(Path.Combine(killed, file.Key)));
            Assert.InRange(untouched, Math.Max(1, noted), there.Count);
        }

        Assert.Equal(ExitCode.Mismatch, (await RunAsync(["convert", source, killed, .. settings])).Code);
    }

    [Fact]
    public async Task Convert_WithOtherSettingsOrInput_IsRefusedUnlessBegunAnew()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);
        string source = server.Address + "/scan.zarr";
        string destination = _folder["killed/a.zarr"];
        server.Fault = request => IsChunk(request.Key) && Interlocked.Increment(ref _asked) > ChunksBeforeTheWait ? Misbehaviour.Answer(403) : null;
        string[] command = ["convert", source, destination, "--chunk", "8,8,16", "--voxel-memory", "64kB"];
        Assert.Equal(ExitCode.InputOutput, (await RunAsync(command)).Code);
        server.Fault = _ => null;

        (int code, _, string error) = await RunAsync([.. command, "--codec", "zstd"]);
        Assert.Equal(ExitCode.Mismatch, code);
        Assert.Contains("its codec was blosc-zstd, now zstd", error, StringComparison.Ordinal);
        Assert.Contains("--overwrite to begin anew", error, StringComparison.Ordinal);

        string header = Path.Combine(Served, "scan.zarr/0/.zarray");
        DateTime before = File.GetLastWriteTimeUtc(header);
        File.SetLastWriteTimeUtc(header, before.AddDays(1));
        (code, _, error) = await RunAsync(command);
        Assert.Equal(ExitCode.Mismatch, code);
        Assert.Contains("its source's state was", error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, (await RunAsync([.. command, "--codec", "zstd", "--overwrite"])).Code);
        await using Volumes.VolumeReader result = await Volumes.VolumeFormats.OpenAsync(destination, new Volumes.ReaderOptions(), Token);
        Assert.Contains("zstd", result.Info.Codec, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder["killed"]));
    }

    [Theory]
    [InlineData(false)] // killed before the old result was moved away
    [InlineData(true)]  // killed before the new one got its name
    public async Task Convert_KilledWhileItReplaces_CompletesIt(bool isMoved)
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);
        string source = server.Address + "/scan.zarr";
        string destination = _folder["a.nrrd"];
        await DoneAsync(["convert", source, _folder["whole.nrrd"]]);
        await File.WriteAllTextAsync(destination, "old", Token);
        Assert.Equal(ExitCode.Mismatch, (await RunAsync(["convert", source, destination])).Code);
        server.Fault = request => IsChunk(request.Key) && Interlocked.Increment(ref _asked) > ChunksBeforeTheWait ? Misbehaviour.Answer(403) : null;
        Assert.Equal(ExitCode.InputOutput, (await RunAsync(["convert", source, destination, "--overwrite"])).Code);
        server.Fault = _ => null;

        // from here as an earlier process left it: all written, the mark set
        File.Copy(_folder["whole.nrrd"], destination + ".partial", overwrite: true);
        await File.WriteAllTextAsync(destination + ".convert/complete", "\n", Token);
        if (isMoved)
        {
            File.Move(destination, destination + ".convert/replaced");
        }

        await DoneAsync(["convert", source, destination, "--overwrite"]);

        Assert.Equal(await File.ReadAllBytesAsync(_folder["whole.nrrd"], Token), await File.ReadAllBytesAsync(destination, Token));
        Assert.False(Path.Exists(destination + ".convert"));
        Assert.False(Path.Exists(destination + ".partial"));
    }

    [Fact]
    public async Task Convert_ThatCannotBe_LeavesNothing()
    {
        (int code, _, _) = await RunAsync(["convert", SmallScan.Write(_folder["scan.zarr"]), _folder["x/a.zarr"], "--shard-shape", "3,3,3"]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.False(Path.Exists(_folder["x"]));
    }

    [Fact]
    public async Task Convert_OfGzipKilled_LeavesNoCopyBehindTheNextStart()
    {
        byte[] noise = new byte[24 << 20];
        new Random(1).NextBytes(noise);
        await using (FileStream file = File.Create(_folder["a.nrrd"]))
        {
            file.Write("NRRD0004\ntype: uint8\ndimension: 3\nsizes: 256 256 384\nencoding: gzip\n\n"u8);
            await using System.IO.Compression.GZipStream gzip = new(file, System.IO.Compression.CompressionLevel.Fastest);
            await gzip.WriteAsync(noise, Token);
        }

        Directory.CreateDirectory(_folder["temporary"]);
        string[] command = ["convert", _folder["a.nrrd"], _folder["a.zarr"], "--levels", "1"];
        using (Process process = Start(command))
        {
            while (!process.HasExited && !Directory.EnumerateFiles(_folder["temporary"], "0", SearchOption.AllDirectories).Any())
            {
                await Task.Delay(1, Token);
            }

            process.Kill();
            await process.WaitForExitAsync(Token);
        }

        string copy = Assert.Single(Directory.GetDirectories(_folder["temporary"]));
        using (Process process = Start(command))
        {
            while (!process.HasExited)
            {
                Assert.False(Directory.Exists(copy) && Directory.GetDirectories(_folder["temporary"]).Length > 1);
                await Task.Delay(1, Token);
            }

            Assert.Equal(ExitCode.Done, process.ExitCode);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["temporary"], "scrollseg-*"));
        Assert.Equal(noise[..50], (await PublishedScan.ReadAsync(_folder["a.zarr"], new Volumes.Box3((0, 0, 0), new Volumes.Shape3(1, 1, 50)))));
    }

    private Process Start(string[] command)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "scrollseg.dll"), .. command])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TMPDIR"] = _folder["temporary"];
        return Process.Start(start)!;
    }

    private static bool IsChunk(string key) => Path.GetFileName(key) is var name && !name.StartsWith('.') && name != "zarr.json";

    /// <summary>How many files the journal says are done; slices it counts, chunks it lists.</summary>
    private static int NotedIn(string journal)
    {
        string[][] lines = [.. File.ReadLines(journal).Select(line => line.Split('\t'))];
        return lines[^1][2] == "slices" ? int.Parse(lines[^1][1], System.Globalization.CultureInfo.InvariantCulture) : lines.Count(line => line[0] != "-");
    }

    private static Dictionary<string, DateTime> Written(string partial) => !Directory.Exists(partial) ? [] : Directory
        .GetFiles(partial, "*", SearchOption.AllDirectories)
        .Where(file => IsChunk(file))
        .ToDictionary(file => Path.GetRelativePath(partial, file), File.GetLastWriteTimeUtc);

    private static string[] Contents(string path) =>
        Directory.Exists(path) ? SmallScan.Contents(path) : [Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))];

    /// <summary>Kills the program (SIGKILL) once it has noted something as done and waits for its source.</summary>
    private async Task KillAsync(string journal, string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "scrollseg.dll"), .. command])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        while (!process.HasExited && (_asked <= ChunksBeforeTheWait || !File.Exists(journal) || new FileInfo(journal).Length == 0))
        {
            await Task.Delay(5, Token);
        }

        Assert.False(process.HasExited, await (process.HasExited ? process.StandardError.ReadToEndAsync(Token) : Task.FromResult("")));
        process.Kill();
        await process.WaitForExitAsync(Token);
    }

    private static async Task<(string Output, string Error)> DoneAsync(string[] args)
    {
        (int code, string output, string error) = await RunAsync(args);
        Assert.True(code == ExitCode.Done, error);
        return (output, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
