using System.Globalization;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;
using YamlDotNet.RepresentationModel;

namespace ScrollSeg.Cli.Data;

/// <summary>Reads a dataset's manifest, checked before anything is done with it.</summary>
internal static class DatasetManifestReader
{
    private static readonly string[] Required = ["name", "what", "license", "citation", "source"];
    private static readonly string[] Keys =
        [.. Required, "url", "files", "agreement", "terms", "shape", "voxelType", "voxelSizeMicrometres", "size", "splits"];
    private static readonly string[] FileKeys = ["path", "url", "bytes", "sha256"];
    private static readonly string[] AgreementKeys = ["name", "terms", "source"];
    private static readonly string[] SplitKeys = ["axis", "train", "validation", "test"];

    /// <param name="yaml">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="agreement">Finds an agreement by its name.</param>
    /// <exception cref="UsageException">It is no YAML, or not what a manifest is; names the line.</exception>
    public static DatasetManifest Read(TextReader yaml, string source, Func<string, Agreement?> agreement)
    {
        ManifestDocument manifest = ManifestDocument.Read(yaml, source, Keys);
        manifest.Require(Required);
        return new DatasetManifest(
            manifest.Name("name"), manifest.Text("what"), ContentOf(manifest, source), manifest.Text("license"), manifest.Text("citation"),
            manifest.Text("source"))
        {
            Agreement = AgreementOf(manifest, agreement),
            Shape = manifest.Find("shape") is { } shape ? Extents(manifest, shape) : null,
            VoxelType = manifest.OptionalText("voxelType") is string type ? TypeOf(manifest, type) : null,
            VoxelSize = manifest.Find("voxelSizeMicrometres") is { } size ? Edges(manifest, size) : null,
            Size = manifest.OptionalText("size"),
            Splits = manifest.Find("splits") is { } splits ? SplitsOf(manifest.Map(splits, "splits", SplitKeys)) : null,
        };
    }

    /// <summary>Reads an agreement of its own file.</summary>
    public static Agreement ReadAgreement(TextReader yaml, string source)
    {
        ManifestDocument document = ManifestDocument.Read(yaml, source, AgreementKeys);
        document.Require(AgreementKeys);
        return new Agreement(document.Name("name"), document.Text("terms").Trim());
    }

    private static DatasetContent ContentOf(ManifestDocument manifest, string source) => (manifest.Find("url"), manifest.Find("files")) switch
    {
        ({ } url, null) => ZarrOf(manifest, url),
        (null, YamlSequenceNode { Children.Count: > 0 } files) =>
            new FilesContent([.. files.Select(file => FileOf(manifest.Map(file, "files", FileKeys)))]),
        (null, { } other) => throw manifest.Wrong(other, "files: expected a list of maps."),
        _ => throw new UsageException($"{source}: expected either url, of a Zarr, or files."),
    };

    private static ZarrContent ZarrOf(ManifestDocument manifest, YamlNode node)
    {
        string address = manifest.Text("url").TrimEnd('/');
        bool isS3 = address.StartsWith("s3://", StringComparison.Ordinal);
        return RemotePath.IsRemote(address) && (isS3 || IsAddress(address)) && address.EndsWith(".zarr", StringComparison.OrdinalIgnoreCase)
            ? new ZarrContent(address)
            : throw manifest.Wrong(node, $"url '{address}': expected https://.. or s3://.. that ends in .zarr; single files go to files.");
    }

    private static DatasetFile FileOf(ManifestDocument file)
    {
        file.Require(["path", "url"]);
        DatasetFile read = new(file.Text("path"), file.Text("url"))
        {
            Bytes = file.Find("bytes") is null ? null : file.Length("bytes"),
            Sha256 = file.Find("sha256") is null ? null : file.Hash("sha256"),
        };
        string first = read.Expand(null).First().Address;
        if (!IsAddress(first) || first.Contains('{', StringComparison.Ordinal))
        {
            throw file.Wrong(file.Scalar("url"), $"url '{read.Address}': expected https://.., with at most one {{FIRST:LAST}}.");
        }

        if (!ChunkStore.IsValidKey(read.Path) || read.Expand(null).Take(2).Select(one => one.Path).Distinct().Count() != Math.Min(2, read.Numbers?.Count ?? 1))
        {
            throw file.Wrong(file.Scalar("path"), $"path '{read.Path}': expected a relative path, with the same {{FIRST:LAST}} as url.");
        }

        return read.Numbers is null || read.Sha256 is null
            ? read
            : throw file.Wrong(file.Scalar("sha256"), "many files do not have one hash.");
    }

    private static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && ManifestDocument.IsSecure(url);

    private static Agreement? AgreementOf(ManifestDocument manifest, Func<string, Agreement?> find)
    {
        if (manifest.OptionalText("terms") is string terms)
        {
            return new Agreement(manifest.Find("agreement") is null ? manifest.Name("name") : manifest.Name("agreement"), terms.Trim());
        }

        return manifest.Find("agreement") is not { } node
            ? null
            : find(manifest.Name("agreement")) ?? throw manifest.Wrong(node, $"agreement '{manifest.Text("agreement")}' is not known; give its terms.");
    }

    private static Shape3 Extents(ManifestDocument manifest, YamlNode node)
    {
        int[] extents = [.. Numbers(manifest, node, "shape", 3).Select(number => number is >= 1 and <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw manifest.Wrong(node, "shape: expected three whole numbers above 0, [z, y, x]."))];
        return new Shape3(extents[0], extents[1], extents[2]);
    }

    private static VoxelSize Edges(ManifestDocument manifest, YamlNode node)
    {
        double[] edges = node is YamlScalarNode ? [.. Enumerable.Repeat(Number(manifest, node, "voxelSizeMicrometres"), 3)] : Numbers(manifest, node, "voxelSizeMicrometres", 3);
        return Array.TrueForAll(edges, edge => edge > 0)
            ? new VoxelSize(edges[0], edges[1], edges[2])
            : throw manifest.Wrong(node, "voxelSizeMicrometres: expected numbers above 0.");
    }

    private static VoxelType TypeOf(ManifestDocument manifest, string name)
    {
        VoxelType[] found = [.. Enum.GetValues<VoxelType>().Where(type => type.NumpyName() == name)];
        return found.Length == 1
            ? found[0]
            : throw manifest.Wrong(manifest.Scalar("voxelType"), $"voxelType '{name}': expected uint8, uint16, float32 or another of NumPy's.");
    }

    private static DatasetSplits SplitsOf(ManifestDocument splits)
    {
        splits.Require(["axis"]);
        Axis axis = splits.Text("axis") switch
        {
            "z" => Axis.Z,
            "y" => Axis.Y,
            "x" => Axis.X,
            string other => throw splits.Wrong(splits.Scalar("axis"), $"axis '{other}': expected z, y or x."),
        };
        return new DatasetSplits(axis, RangeOf(splits, "train"), RangeOf(splits, "validation"), RangeOf(splits, "test"));
    }

    private static (int Start, int End)? RangeOf(ManifestDocument splits, string key)
    {
        if (splits.Find(key) is not { } node)
        {
            return null;
        }

        double[] ends = Numbers(splits, node, key, 2);
        return ends[0] >= 0 && ends[1] > ends[0] && ends[1] <= int.MaxValue
            ? ((int)ends[0], (int)ends[1])
            : throw splits.Wrong(node, $"{key}: expected [START, END], the end not in it.");
    }

    private static double[] Numbers(ManifestDocument manifest, YamlNode node, string key, int count) =>
        node is YamlSequenceNode list && list.Children.Count == count
            ? [.. list.Select(item => Number(manifest, item, key))]
            : throw manifest.Wrong(node, $"{key}: expected a list of {count} numbers.");

    private static double Number(ManifestDocument manifest, YamlNode node, string key) =>
        node is YamlScalarNode scalar && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw manifest.Wrong(node, $"{key}: expected a number.");
}
