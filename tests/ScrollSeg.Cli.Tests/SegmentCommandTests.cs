using System.Diagnostics;
using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

public sealed class SegmentCommandTests : IDisposable
{
    private static readonly AtomicFile Files = new(FileOperations.System, Durability.None);
    private static readonly string Checkpoint = Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth");

    private readonly TemporaryFolder _folder = new();

    private string Scan => _folder["scan.zarr"];

    private string Output => _folder["masks.zarr"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Segment_Zarr_PrintsWhatCameOfIt()
    {
        WriteScan();

        (int code, string output, string error) = await RunAsync("segment", Scan, "-o", Output, "--model", "threshold:120", "--json");

        Assert.True(code == ExitCode.Done, error);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(Output, report.GetProperty("output").GetString());
        Assert.Equal(20, report.GetProperty("slices").GetInt32());
        Assert.Equal(report.GetProperty("inputChunks").GetInt32(), report.GetProperty("inputChunksFetched").GetInt32());
        await using ZarrVolume mask = await ZarrVolume.OpenAsync(
            Path.Combine(Output, "labels", "mask"), new ReaderOptions(), TestContext.Current.CancellationToken);
        await using ZarrVolume probability = await ZarrVolume.OpenAsync(Output, new ReaderOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(new Shape3(20, 40, 50), mask.Info.Shape);
        Assert.Empty(mask.Info.Defects); // among them whatever NGFF's rules are broken by
        Assert.Empty(probability.Info.Defects);
        Assert.False(Path.Exists(Output + ".partial"));
    }

    [Theory]
    [InlineData("--axis", "all", "--save", "probability,mask,uncertainty")]
    [InlineData("--post", "components:26")]
    [InlineData("--save", "mask")]
    public async Task Segment_ZarrFormat3_HoldsTheSameVoxels(params string[] options)
    {
        string scan = SmallScan.Write(Scan);
        string[] command = ["segment", scan, "--model", "threshold:80", .. options];
        Assert.Equal(ExitCode.Done, (await RunAsync([.. command, "-o", _folder["two.zarr"]])).Code);

        (int code, _, string error) = await RunAsync([.. command, "-o", Output, "--zarr-format", "3"]);

        Assert.True(code == ExitCode.Done, error);
        Assert.Empty(Directory.EnumerateFiles(Output, ".z*", SearchOption.AllDirectories)); // nothing of version 2
        string[] arrays = [.. Directory.EnumerateFiles(_folder["two.zarr"], ".zarray", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_folder["two.zarr"], Path.GetDirectoryName(file)!))];
        Assert.True(arrays.Length >= 2);
        foreach (string array in arrays)
        {
            Assert.Equal(await VoxelsOfAsync(Path.Combine(_folder["two.zarr"], array)), await VoxelsOfAsync(Path.Combine(Output, array)));
        }

        foreach (string level in new[] { "quick", "index", "full", "deep" })
        {
            (int sound, _, error) = await RunAsync("verify", "--run", _folder["masks.run"], "--level", level);
            Assert.True(sound == ExitCode.Done, error);
        }

        (int other, _, error) = await RunAsync([.. command, "-o", Output, "--zarr-format", "2"]);
        Assert.Equal(ExitCode.Mismatch, other);
        Assert.Contains("zarr-format was 3, and is 2", error, StringComparison.Ordinal);

        static async Task<byte[]> VoxelsOfAsync(string path)
        {
            await using VolumeReader volume = await VolumeFormats.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
            Assert.DoesNotContain(volume.Info.Defects, defect => !defect.Contains("not one chunk", StringComparison.Ordinal)); // all groups agree
            using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
            await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
            return voxels.Bytes.ToArray();
        }
    }

    /// <summary>A chunk is cut short: the unit that needs it fails, the others are done; the statistics note it.</summary>
    [Fact]
    public async Task Segment_DamagedChunk_CostsItsUnitAlone()
    {
        string scan = SmallScan.Write(Scan);
        string chunk = Path.Combine(scan, "9", "0", "0");
        byte[] bytes = File.ReadAllBytes(chunk);
        File.WriteAllBytes(chunk, bytes[..(bytes.Length / 2)]);

        (int code, _, string error) = await RunAsync("segment", scan, "-o", Output, "--model", "otsu");

        Assert.Equal(ExitCode.UnitsFailed, code);
        Assert.Contains("voxels lie in damaged chunks", error, StringComparison.Ordinal);
        Assert.Contains("1 of 4 units failed", error, StringComparison.Ordinal);
        File.WriteAllBytes(chunk, bytes); // of another size: another input, unless somebody says why
        (int changed, _, error) = await RunAsync("segment", scan, "-o", Output, "--model", "otsu");
        Assert.Equal(ExitCode.Mismatch, changed);
        Assert.Contains("--input-repaired", error, StringComparison.Ordinal);
        (int repaired, _, error) = await RunAsync("segment", scan, "-o", Output, "--model", "otsu", "--input-repaired");
        Assert.True(repaired == ExitCode.Done, error);
        (int again, _, error) = await RunAsync("segment", scan, "-o", Output, "--model", "otsu"); // the run knows its input now
        Assert.True(again == ExitCode.Done, error);
        File.SetLastWriteTimeUtc(chunk, DateTime.UtcNow.AddDays(1));
        (int needless, _, error) = await RunAsync("segment", scan, "-o", Output, "--model", "otsu", "--input-repaired");
        Assert.Equal(ExitCode.Mismatch, needless);
        Assert.Contains("nothing in the input to repair", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("segment", "--model", "otsu", "-o")]
    [InlineData("convert")]
    [InlineData("link", "-o")]
    public async Task AbsentChunk_IsTheFillValue_OrWithRequireCompleteInputAnError(params string[] words)
    {
        string scan = SmallScan.Write(Scan);
        File.Delete(Path.Combine(scan, "9", "0", "0"));
        string[] command = [words[0], scan, .. words[1..], Output];

        (int strict, _, string error) = await RunAsync([.. command, "--require-complete-input"]);
        (int lenient, _, string other) = await RunAsync(command);

        Assert.Equal(ExitCode.BadInput, strict);
        Assert.Contains("nothing is stored for", error, StringComparison.Ordinal);
        Assert.Contains("144", error, StringComparison.Ordinal); // its first slice
        Assert.True(lenient == ExitCode.Done, other);
    }

    [Fact]
    public async Task Segment_SamCheckpoint_GoesTheWholeWay()
    {
        WriteScan();

        (int code, _, string error) = await RunAsync("segment", Scan, "-o", Output, "--model", Checkpoint, "--stride", "10", "--device", "cpu");

        Assert.True(code == ExitCode.Done, error);
        Assert.True(File.Exists(Path.Combine(Output, ".zattrs")));
        Assert.Contains("note: These weights do not say that they were trained without prompts", error, StringComparison.Ordinal);
    }

    /// <summary>The first run fills the folder, the second reads it: the same bytes, and run.json says that embeddings were
    /// rounded. A run without it is another one.</summary>
    [Fact]
    public async Task Segment_WithEmbeddings_GivesTheSameBytesWhetherTheyWereThere()
    {
        WriteScan();
        string[] options = ["--model", Checkpoint, "--stride", "10", "--device", "cpu", "--precision", "f32"];
        Directory.CreateDirectory(_folder["again"]); // the store says its own name
        string[] embeddings = ["--embeddings", _folder["kept"], "--embeddings-size", "50MB"];

        (int planned, string plan, string planError) = await RunAsync(["plan", Scan, "-o", Output, .. options, .. embeddings, "--json"]);
        Assert.True(planned == ExitCode.Done, planError);
        Assert.False(Directory.Exists(_folder["kept"]));
        (int first, _, string firstError) = await RunAsync(["segment", Scan, "-o", Output, .. options, .. embeddings]);
        Assert.True(first == ExitCode.Done, firstError);
        string[] kept = Directory.GetFiles(_folder["kept"], "*.embedding");
        (int second, _, string secondError) = await RunAsync(["segment", Scan, "-o", _folder["again/masks.zarr"], .. options, .. embeddings]);
        Assert.True(second == ExitCode.Done, secondError);

        Assert.NotEmpty(kept);
        Assert.Equal(kept.Order(), Directory.GetFiles(_folder["kept"], "*.embedding").Order());
        Assert.Equal(kept.Sum(path => new FileInfo(path).Length), JsonDocument.Parse(plan).RootElement.GetProperty("embeddingBytes").GetInt64());
        Assert.Equal(Contents(Output), Contents(_folder["again/masks.zarr"]));
        Assert.Contains("sam:embeddings-f16:f32:sha256:", File.ReadAllText(_folder["masks.run/run.json"]), StringComparison.Ordinal);
        (int other, _, string error) = await RunAsync(["segment", Scan, "-o", Output, .. options]);
        Assert.Equal(ExitCode.Mismatch, other);
        Assert.Contains("model was", error, StringComparison.Ordinal);

        static string[] Contents(string store) => [.. Directory.GetFiles(store, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(store, path)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}")];
    }

    [Theory]
    [InlineData("--embeddings-size", "1GiB", "add the folder")]
    [InlineData("--embeddings", "kept", "'otsu' makes none")]
    public async Task Segment_EmbeddingsThatMakeNoSense_AreRefused(string option, string value, string problem)
    {
        WriteScan();

        (int code, _, string error) = await RunAsync("segment", Scan, "-o", Output, "--model", "otsu", option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BenchEncoder_OfACheckpoint_SaysRateAndParts()
    {
        (int code, string output, string error) = await RunAsync(
            "bench", "encoder", "--model", Checkpoint, "--batch", "1", "2", "--repeats", "1", "--device", "cpu", "--json");

        Assert.True(code == ExitCode.Done, error);
        JsonElement[] timings = [.. JsonDocument.Parse(output).RootElement.GetProperty("timings").EnumerateArray()];
        Assert.Equal(["f32 1", "f32 2", "bf16 1", "bf16 2"], timings.Select(t => $"{t.GetProperty("precision")} {t.GetProperty("batch")}"));
        Assert.All(timings, timing =>
        {
            Assert.True(timing.GetProperty("imagesPerSecond").GetDouble() > 0);
            Assert.True(timing.GetProperty("share").GetDouble() > 0);
            string[] parts = [.. timing.GetProperty("partSeconds").EnumerateObject().Select(part => part.Name)];
            Assert.Superset(
                new HashSet<string> { "patch embedding", "norms", "qkv and proj", "window attention", "global attention", "MLP products", "GELU", "neck" },
                parts.ToHashSet());
            Assert.Equal(timing.GetProperty("precision").GetString() == "f32", parts.Contains("relative-position bias"));
        });
    }

    [Fact]
    public async Task Plan_SaysWhatSegmentThenDoes_AndWritesNothing()
    {
        WriteScan();

        (int code, string output, string error) = await RunAsync("plan", Scan, "-o", Output, "--model", "otsu", "--json");
        Assert.True(code == ExitCode.Done, error);
        Assert.False(Path.Exists(Output) || Path.Exists(_folder["masks.run"]));
        JsonElement plan = JsonDocument.Parse(output).RootElement;
        (_, output, _) = await RunAsync("segment", Scan, "-o", Output, "--model", "otsu", "--json");

        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(plan.GetProperty("tiles").GetInt64(), report.GetProperty("tiles").GetInt64());
        Assert.Equal(plan.GetProperty("chunkFetches").GetInt64(), report.GetProperty("inputChunksFetched").GetInt64());
    }

    [Fact]
    public async Task Segment_InShards_IsFinalizedWhenAllAreDone()
    {
        WriteScan();
        (int first, _, _) = await RunAsync("segment", Scan, "-o", Output, "--shard", "0/2");
        (int early, _, string missing) = await RunAsync("finalize", "--run", _folder["masks.run"]);
        (int second, _, _) = await RunAsync("segment", Scan, "-o", Output, "--shard", "1/2");
        (int done, string output, _) = await RunAsync("finalize", "--run", _folder["masks.run"]);
        (int verified, string words, _) = await RunAsync("verify", "--run", _folder["masks.run"], "--level", "full");
        (_, string status, _) = await RunAsync("status", "--run", _folder["masks.run"], "--json");

        Assert.Equal((ExitCode.Done, ExitCode.Done, ExitCode.Done, ExitCode.Done), (first, second, done, verified));
        Assert.Equal(early == ExitCode.StoppedEarly, missing.Contains("are missing", StringComparison.Ordinal));
        Assert.Contains("masks.zarr", output, StringComparison.Ordinal);
        Assert.Equal("Every object is as recorded.", words.Trim());
        Assert.True(JsonDocument.Parse(status).RootElement.GetProperty("isComplete").GetBoolean());
    }

    [Fact]
    public async Task Verify_Deep_ComputesUnitsAgain()
    {
        WriteScan();
        await RunAsync("segment", Scan, "-o", Output, "--model", "threshold:120");
        (int intact, string words, string error) = await RunAsync("verify", "--run", _folder["masks.run"], "--level", "deep");
        Assert.True(intact == ExitCode.Done, error);
        Assert.Equal("Every unit that was computed again is as stored.", words.Trim());

        string chunk = Directory.GetFiles(Path.Combine(Output, "0", "0"), "*", SearchOption.AllDirectories)[0];
        File.Delete(chunk); // an absent chunk is background: whole, decodable, and wrong
        (int damaged, words, _) = await RunAsync("verify", "--run", _folder["masks.run"], "--level", "deep");

        Assert.Equal(ExitCode.UnitsFailed, damaged);
        Assert.StartsWith("unit 0-0-0: ", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0/2", "1")]
    [InlineData("1/2", "0")]
    public async Task RetryList_NamesTheShardsThatAreLeft(string shard, string left)
    {
        WriteScan(new Shape3(300, 40, 50));
        await RunAsync("segment", Scan, "-o", Output, "--model", "threshold:120", "--shard", shard);

        (int code, string output, _) = await RunAsync("retry-list", "--run", _folder["masks.run"], "--shards", "2");
        (_, string units, _) = await RunAsync("retry-list", "--run", _folder["masks.run"]);

        Assert.Equal((ExitCode.Done, left), (code, output.Trim()));
        Assert.All(units.Split('\n', StringSplitOptions.RemoveEmptyEntries), unit => Assert.Matches("^[0-9]+-0-0", unit));
    }

    [Theory]
    [InlineData(new int[0], "")]
    [InlineData(new[] { 4 }, "4")]
    [InlineData(new[] { 0, 1, 2, 5, 7, 8 }, "0-2,5,7-8")]
    public void ArrayExpression_OfIndices_IsSlurms(int[] indices, string expected) =>
        Assert.Equal(expected, ScrollSeg.Cli.RunVerbs.RetryListCommand.ArrayExpression(indices));

    [Fact]
    public async Task Segment_OutputExists_IsAMismatch()
    {
        WriteScan();
        Directory.CreateDirectory(Output);

        await FailsWith(ExitCode.Mismatch, ["masks.zarr: exists already"], "segment", Scan, "-o", Output);
    }

    [Fact]
    public async Task Segment_TruncatedChunk_IsBadInputThatNamesTheChunk()
    {
        WriteScan();
        string chunk = Path.Combine(Scan, "0", "1", "0");
        byte[] content = File.ReadAllBytes(chunk);
        File.WriteAllBytes(chunk, content[..(content.Length / 2)]);

        await FailsWith(ExitCode.BadInput, ["scan.zarr", "0/1/0"], "segment", Scan, "-o", Output);
    }

    [Fact]
    public async Task Segment_MissingHeader_IsBadInputThatSaysSo()
    {
        WriteScan();
        File.Delete(Path.Combine(Scan, ".zarray"));

        await FailsWith(ExitCode.BadInput, ["scan.zarr", ".zarray"], "segment", Scan, "-o", Output);
    }

    [Fact]
    public async Task Segment_HeaderOfAnotherShape_IsBadInputWithExpectedAndActual()
    {
        WriteScan();
        string header = File.ReadAllText(Path.Combine(Scan, ".zarray"));
        File.WriteAllText(Path.Combine(Scan, ".zarray"), header.ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal)
            .Replace("\"chunks\":[16,16,16]", "\"chunks\":[16,16,20]", StringComparison.Ordinal));

        await FailsWith(ExitCode.BadInput, ["scan.zarr", "10240", "8192"], "segment", Scan, "-o", Output);
    }

    [Fact]
    public async Task Segment_SliceOfAnotherSize_IsBadInputThatNamesIt()
    {
        Directory.CreateDirectory(_folder["slices"]);
        for (int z = 0; z < 4; z++)
        {
            using VoxelBuffer slice = VoxelBuffer.Rent(new Shape3(1, 30, z == 2 ? 31 : 30), VoxelType.UInt8);
            slice.Clear();
            TiffFile.Write(Path.Combine(_folder["slices"], $"{z}.tif"), slice, Files, TiffCompression.None);
        }

        await FailsWith(ExitCode.BadInput, ["2.tif", "31", "30"], "segment", _folder["slices"], "-o", Output);
    }

    [Fact]
    public async Task Segment_CheckpointOfAnotherModel_IsBadInputThatNamesKeys()
    {
        WriteScan();
        byte[] header = """{"conv.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"""u8.ToArray();
        byte[] file = [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. new byte[8]];
        File.WriteAllBytes(_folder["other.safetensors"], file);

        await FailsWith(ExitCode.BadInput, ["other.safetensors", "image_encoder"], "segment", Scan, "-o", Output, "--model", _folder["other.safetensors"]);
    }

    [Fact]
    public async Task Segment_NoSuchVolume_IsAnInputError()
    {
        await FailsWith(ExitCode.InputOutput, ["nothing.zarr"], "segment", _folder["nothing.zarr"], "-o", Output);
    }

    [Theory]
    [InlineData("--overlap", "1.5")]
    [InlineData("--stride", "0")]
    [InlineData("--threshold", "0")]
    [InlineData("--tile", "2")]
    [InlineData("--intensity", "window:9,3")]
    [InlineData("--support", "equals:x")]
    [InlineData("--save", "everything")]
    [InlineData("--region", "0:21,:,:")]
    [InlineData("--memory", "1MiB")]
    [InlineData("--model", "otsu:green")]
    [InlineData("--device", "cuda")]
    [InlineData("--device", "gpu")]
    [InlineData("--strategy", "any")]
    [InlineData("--channels", "3")]
    [InlineData("--keep", "top:5,beauty")]
    [InlineData("--keep", "list:3,20")]
    [InlineData("--keep", "range:30,40")]
    [InlineData("--keep", "file:nowhere.txt")]
    [InlineData("--first", "20")]
    [InlineData("--adapter", "rgb")]
    [InlineData("--adapter", "any")]
    [InlineData("--fusion", "any")]
    [InlineData("--time-limit", "1us")]
    [InlineData("--time-limit", "0s")]
    [InlineData("--nonsense", "1")]
    public async Task Segment_ImpossibleOption_IsAUsageErrorInOneLine(string option, string value)
    {
        WriteScan();

        (int code, string output, string error) = await RunAsync("segment", Scan, "-o", Output, option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        string line = Assert.Single(error.Split(Environment.NewLine), text => text.StartsWith("error: ", StringComparison.Ordinal));
        Assert.EndsWith(line + Environment.NewLine, error, StringComparison.Ordinal); // no page of help behind it
        Assert.False(Path.Exists(Output) || Path.Exists(Output + ".partial"));
    }

    [Fact]
    public async Task Demo_ImpossibleShape_IsAUsageError()
    {
        await FailsWith(ExitCode.Usage, ["--shape", "32"], "demo", "-o", Output, "--shape", "1,1,1");
    }

    [Theory]
    [InlineData("TERM", ExitCode.Terminated)]
    [InlineData("INT", ExitCode.Interrupted)]
    public async Task Program_Signal_StopsWithItsOwnExitCodeAndNothingUnderTheFinalName(string signal, int expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such signals.");
        CancellationToken token = TestContext.Current.CancellationToken;
        ProcessStartInfo start = new("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { Path.Combine(AppContext.BaseDirectory, "scrollseg.dll"), "phantom", Output, "--shape", "4096,1024,1024" })
        {
            start.ArgumentList.Add(argument);
        }

        using Process program = Process.Start(start)!;
        Assert.StartsWith("phantom", await program.StandardError.ReadLineAsync(token), StringComparison.Ordinal);
        using Process kill = Process.Start("kill", ["-s", signal, $"{program.Id}"]);
        string error = await program.StandardError.ReadToEndAsync(token);
        await program.WaitForExitAsync(token);

        Assert.True(program.ExitCode == expected, $"exit code {program.ExitCode}: {error}");
        Assert.Contains($"stopped by SIG{signal}", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private void WriteScan(Shape3? extent = null)
    {
        Shape3 shape = extent ?? new Shape3(20, 40, 50);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            Scan, new ZarrArraySpec(shape, new Shape3(16, 16, 16), VoxelType.UInt16) { Codec = ZarrV2Codecs.FromName("blosc-lz4", 2) }, Files);
        ChunkGrid grid = new(shape, writer.Spec.ChunkShape);
        foreach ((int Z, int Y, int X) index in grid.Touching(new Box3((0, 0, 0), shape)))
        {
            Box3 box = grid.BoxOf(index);
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                Span<ushort> plane = voxels.Plane<ushort>(z);
                for (int i = 0; i < plane.Length; i++)
                {
                    plane[i] = (ushort)(100 + ((box.Start.X + (i % box.Shape.X) + z) % 40));
                }
            }

            writer.WriteChunk(index, voxels);
        }
    }

    /// <summary>One line on stderr with these words, the exit code, and nothing under the output's final name.</summary>
    private async Task FailsWith(int expected, string[] words, params string[] args)
    {
        bool existed = Path.Exists(Output);
        (int code, string output, string error) = await RunAsync(args);

        Assert.True(code == expected, $"exit code {code}: {error}");
        Assert.Empty(output);
        string line = Assert.Single(error.Split('\n'), text => text.StartsWith("error: ", StringComparison.Ordinal));
        Assert.All(words, word => Assert.Contains(word, line, StringComparison.Ordinal));
        Assert.Equal(existed, Path.Exists(Output));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
