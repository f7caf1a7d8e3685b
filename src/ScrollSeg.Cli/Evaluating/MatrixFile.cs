using System.Globalization;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Segmentation.Metrics;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScrollSeg.Cli.Evaluating;

/// <summary>What <c>experiment MATRIX.yaml</c> reads, checked whole before anything runs. Paths are relative to the file.</summary>
internal sealed class MatrixFile
{
    private static readonly string[] Keys =
        ["name", "question", "data", "matrix", "fixed", "exclude", "seeds", "thresholds", "metrics", "tolerance", "objects", "rank-by", "share-embeddings"];

    private static readonly string[] DataKeys = ["name", "volume", "truth", "region", "score", "ignore"];

    /// <summary>Options that the experiment sets itself.</summary>
    private static readonly string[] Own = ["output", "run", "seed", "region", "threshold", "save", "embeddings"];

    private readonly string _path;
    private readonly YamlMappingNode _root;
    private readonly string[] _options =
        [.. SegmentCommand.Shared.Select(option => option.Name.TrimStart('-')).Except(Own), "train"];

    private MatrixFile(string path, YamlMappingNode root) => (_path, _root) = (path, root);

    /// <exception cref="UsageException">A key or a value is not known; names the line.</exception>
    public static ExperimentMatrix Read(string path)
    {
        MatrixFile file = new(path, Load(path));
        file.CheckKeys(file._root, Keys);
        try
        {
            return file.ToMatrix();
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{path}: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private ExperimentMatrix ToMatrix() => new()
    {
        Name = Text(_root, "name") ?? throw new UsageException($"{_path}: name is missing: what the experiment is called."),
        Question = Text(_root, "question") ?? "",
        Data = Named(NotEmpty(Items("data").Select(DataOf))) ?? throw new UsageException($"{_path}: data is missing: a list of volumes with their truth."),
        Axes = [.. Children("matrix").Select(axis => AxisOf(axis.Key, axis.Value))],
        Fixed = [.. Children("fixed").Select(option => OptionOf(option.Key, option.Value))],
        Exclude = [.. Items("exclude").Select(entry => (IReadOnlyList<(string, string)>)[.. MapOf(entry).Children.Select(pair => (AxisNameOf(pair.Key), Scalar(pair.Value)))])],
        Seeds = NotEmpty(Items("seeds").Select(seed => (int)Number(seed))) ?? [0],
        Thresholds = NotEmpty(Items("thresholds").Select(Number)) ?? [0.5],
        Metrics = new MetricSettings
        {
            Metrics = NotEmpty(Items("metrics").Select(Scalar)) ?? [.. MetricNames.Default, "average-precision"],
            Tolerance = Child(_root, "tolerance") is YamlNode tolerance ? Number(tolerance) : new MetricSettings().Tolerance,
            Objects = Text(_root, "objects") switch
            {
                null or "components" => ObjectSource.Components,
                "labels" => ObjectSource.Labels,
                string other => throw new UsageException($"{_path}: objects '{other}': expected components or labels."),
            },
        },
        RankBy = Text(_root, "rank-by"),
        SharesEmbeddings = Text(_root, "share-embeddings") switch
        {
            null or "no" or "false" => false,
            "yes" or "true" => true,
            string other => throw new UsageException($"{_path}: share-embeddings '{other}': expected yes or no."),
        },
    };

    private IReadOnlyList<ExperimentData>? Named(IReadOnlyList<ExperimentData>? data) =>
        data?.GroupBy(volume => volume.Name).FirstOrDefault(group => group.Count() > 1)?.Key is string twice
            ? throw new UsageException($"{_path}: data has '{twice}' twice; give each volume, or part of one, a name of its own.")
            : data;

    private ExperimentData DataOf(YamlNode node)
    {
        YamlMappingNode map = MapOf(node);
        CheckKeys(map, DataKeys);
        string Needed(string key) => Text(map, key) ?? throw Wrong(node, $"{key} is missing: a volume has name, volume and truth");
        return new ExperimentData(Needed("name"), PathOf(Needed("volume")), PathOf(Needed("truth")))
        {
            Region = Text(map, "region"),
            Score = Text(map, "score"),
            Ignore = Child(map, "ignore") is YamlNode label ? (long)Number(label) : null,
        };
    }

    private MatrixAxis AxisOf(YamlNode key, YamlNode values)
    {
        string name = Scalar(key);
        YamlSequenceNode list = values as YamlSequenceNode ?? throw Wrong(values, $"{name} is one value; expected a list of values");
        MatrixValue[] read = [.. list.Select(value => ValueOf(key, value))];
        string? twice = read.GroupBy(value => value.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return read.Length == 0 ? throw Wrong(values, $"{name} has no value")
            : twice is not null ? throw Wrong(values, $"{name} has '{twice}' twice; give each value a name of its own")
            : new MatrixAxis(name, read);
    }

    /// <summary>A single word is the value of the option that the axis is named for; a map sets several.</summary>
    private MatrixValue ValueOf(YamlNode axis, YamlNode value)
    {
        if (value is not YamlMappingNode map)
        {
            return new MatrixValue(Scalar(value), [OptionOf(axis, value)]);
        }

        (string, string)[] options = [.. map.Children.Where(pair => Scalar(pair.Key) != "name").Select(pair => OptionOf(pair.Key, pair.Value))];
        return new MatrixValue(Text(map, "name") ?? string.Join(" ", options.Select(option => $"{option.Item1} {option.Item2}")), options);
    }

    private (string Option, string Value) OptionOf(YamlNode key, YamlNode value)
    {
        string name = Scalar(key);
        if (!_options.Contains(name))
        {
            string own = Own.Contains(name) ? " The experiment sets it itself." : $" Did you mean '{NearestName.Of(name, _options)}'?";
            throw Wrong(key, $"'{name}' is no option of segment that an experiment varies.{own}");
        }

        string text = Scalar(value);
        return (name, name == "train" || (name == "model" && Path.Exists(PathOf(text))) ? PathOf(text) : text);
    }

    private string AxisNameOf(YamlNode key)
    {
        string[] axes = [.. Children("matrix").Select(axis => Scalar(axis.Key))];
        return axes.Contains(Scalar(key)) ? Scalar(key) : throw Wrong(key, $"'{Scalar(key)}' is no axis of the matrix: {string.Join(", ", axes)}");
    }

    private void CheckKeys(YamlMappingNode map, string[] known)
    {
        foreach (YamlNode key in map.Children.Keys)
        {
            if (!known.Contains(Scalar(key)))
            {
                throw Wrong(key, $"'{Scalar(key)}' is no key here. Did you mean '{NearestName.Of(Scalar(key), known)}'?");
            }
        }
    }

    private IEnumerable<KeyValuePair<YamlNode, YamlNode>> Children(string key) =>
        Child(_root, key) is YamlNode node ? MapOf(node).Children : [];

    private static T[]? NotEmpty<T>(IEnumerable<T> items) => items.ToArray() is { Length: > 0 } list ? list : null;

    private YamlSequenceNode Items(string key) => Child(_root, key) switch
    {
        null => [],
        YamlSequenceNode list => list,
        YamlNode node => throw Wrong(node, $"{key}: expected a list"),
    };

    private YamlMappingNode MapOf(YamlNode node) => node as YamlMappingNode ?? throw Wrong(node, "expected keys and values");

    private static YamlNode? Child(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node) ? node : null;

    private string? Text(YamlMappingNode map, string key) => Child(map, key) is YamlNode node ? Scalar(node) : null;

    private string Scalar(YamlNode node) =>
        (node as YamlScalarNode)?.Value ?? throw Wrong(node, "expected a single value");

    private double Number(YamlNode node) =>
        double.TryParse(Scalar(node), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(node, $"'{Scalar(node)}': expected a number");

    private string PathOf(string text) =>
        text.Contains("://", StringComparison.Ordinal) ? text : Path.GetFullPath(text, Path.GetDirectoryName(Path.GetFullPath(_path))!);

    private UsageException Wrong(YamlNode node, string problem) => new($"{_path}:{node.Start.Line}: {problem}{(problem.EndsWith('?') || problem.EndsWith('.') ? "" : ".")}");

    private static YamlMappingNode Load(string path)
    {
        YamlStream stream = [];
        try
        {
            using StreamReader text = new(path);
            stream.Load(text);
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}:{e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new UsageException($"{path}: is no YAML: {e.Message}"); // YamlDotNet 18.1 fails so on some brackets that are never closed
        }

        return stream.Documents is [YamlDocument { RootNode: YamlMappingNode map }]
            ? map
            : throw new UsageException($"{path}: expected one YAML document of keys and values.");
    }
}
