using System.Text.Json;
using System.Text.RegularExpressions;
using static ScrollSeg.Volumes.Zarr.NgffRules;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>What a group's attributes describe in OME-NGFF.</summary>
internal enum NgffKind
{
    /// <summary>A multiscale image.</summary>
    Image,

    /// <summary>A label image's own part.</summary>
    Label,

    /// <summary>A plate of a high-content screen.</summary>
    Plate,

    /// <summary>A well of one.</summary>
    Well,
}

/// <summary>
/// The rules of OME-NGFF 0.4 and 0.5 for attributes (https://ngff.openmicroscopy.org/0.4/, https://ngff.openmicroscopy.org/0.5/):
/// what its JSON schemas and its test cases ask for, and of the text's further MUSTs that translations come after scales. Numbers
/// per axis are compared where they are read (<see cref="NgffMultiscales"/>): one of 0.4's cases calls too few of them valid.
/// </summary>
internal static partial class NgffSchema
{
    private const string Version4 = "0.4";
    private const string Version5 = "0.5";

    private static readonly NgffRule Transformations = All(
        List(
            (value, where, defects) => (TypeOf(value) switch
            {
                "scale" => Object(Required("scale", List(Number, least: 2))),
                "translation" => Object(Required("translation", List(Number, least: 2))),
                _ => (_, _, _) => defects.Add($"{where} is neither a scale nor a translation"),
            })(value, where, defects),
            least: 1),
        OneScale);

    private static readonly NgffRule Axes = All(
        List(Object(Required("name", Text), Optional("type", Text)), least: 2, most: 5, areUnique: true), TwoOrThreeOfSpace);

    /// <summary>Checks attributes.</summary>
    /// <param name="attributes">The content of <c>.zattrs</c>, or <c>attributes</c> of a <c>zarr.json</c>.</param>
    /// <param name="version">0.4 or 0.5; of others nothing is said.</param>
    /// <param name="kind">What they are to describe.</param>
    /// <param name="isStrict">Whether what SHOULD be there has to be.</param>
    /// <returns>A sentence per defect.</returns>
    public static IReadOnlyList<string> DefectsOf(JsonElement attributes, string version, NgffKind kind, bool isStrict = false)
    {
        List<string> defects = [];
        if (version is not (Version4 or Version5))
        {
            return defects;
        }

        bool isWrapped = version == Version5; // 0.5 says its version once, beside the rest
        NgffMember content = kind switch
        {
            NgffKind.Image => Required("multiscales", List(Multiscale(isWrapped, isStrict), least: 1, areUnique: true)),
            NgffKind.Label => new NgffMember("image-label", Label(isWrapped, isStrict), isWrapped),
            NgffKind.Plate => new NgffMember("plate", Plate(isWrapped, isStrict), isWrapped),
            _ => new NgffMember("well", Well(isWrapped, isStrict), isWrapped),
        };
        NgffMember[] extra = kind == NgffKind.Image ? [Optional("omero", Omero)] : [];
        NgffRule rule = isWrapped
            ? Object(Required("ome", Object([content, .. extra, Required("version", Exactly(Version5))])))
            : Object([content, .. extra]);
        rule(attributes, "", defects);
        return defects;
    }

    /// <summary>Checks what a group declares of its resolutions, and of itself as a label image.</summary>
    public static IReadOnlyList<string> DefectsOf(NgffMultiscales group)
    {
        using JsonDocument document = JsonDocument.Parse(group.Raw);
        bool isWrapped = group.Key == ZarrNode.Version3Name;
        JsonElement attributes = isWrapped ? document.RootElement.GetProperty("attributes") : document.RootElement;
        JsonElement own = NgffAttributes.Of(document.RootElement, group.Key);
        List<string> defects = [.. DefectsOf(attributes, group.Version, NgffKind.Image)];
        if (own.TryGetProperty("image-label", out _))
        {
            defects.AddRange(DefectsOf(attributes, group.Version, NgffKind.Label));
        }

        return [.. defects.Select(defect => $"against NGFF {group.Version}: {defect}")];
    }

    private static NgffRule Multiscale(bool isWrapped, bool isStrict)
    {
        NgffRule dataset = Object(Required("path", Text), Required("coordinateTransformations", Transformations));
        return Object(
            new NgffMember("name", Text, isStrict),
            Required("datasets", List(dataset, least: 1)),
            Required("axes", Axes),
            Optional("coordinateTransformations", Transformations),
            new NgffMember("type", Any, isStrict),
            new NgffMember("metadata", Any, isStrict),
            isWrapped ? Optional("version", Any) : new NgffMember("version", Exactly(Version4), isStrict));
    }

    private static NgffRule Omero { get; } = Object(Required("channels", List(Object(
        Required("window", Object(Required("start", Number), Required("min", Number), Required("end", Number), Required("max", Number))),
        Required("color", Text),
        Optional("label", Text),
        Optional("family", Text),
        Optional("active", Flag)))));

    private static NgffRule Label(bool isWrapped, bool isStrict) => Object(
        new NgffMember(
            "colors",
            List(
                Object(Required("label-value", Number), Optional("rgba", List(Whole(0, 255), least: 4, most: 4))),
                least: 1,
                areUnique: true),
            isStrict),
        Optional("properties", List(Object(Required("label-value", Whole())), least: 1, areUnique: true)),
        Optional("source", Object(Optional("image", Text))),
        isWrapped ? Optional("version", Any) : new NgffMember("version", Exactly(Version4), isStrict));

    private static NgffRule Plate(bool isWrapped, bool isStrict)
    {
        NgffRule names = List(Object(Required("name", Pattern(Alphanumeric(), "letters and digits"))), least: 1, areUnique: true);
        NgffRule rule = Object(
            Optional("acquisitions", List(Object(
                Required("id", Whole(0)),
                new NgffMember("maximumfieldcount", Whole(1), isStrict),
                new NgffMember("name", Text, isStrict),
                Optional("description", Text),
                Optional("starttime", Whole(0)),
                Optional("endtime", Whole(0))))),
            Optional("field_count", Whole(1)),
            new NgffMember("name", Text, isStrict),
            Required("columns", names),
            Required("rows", names),
            Required("wells", List(
                Object(
                    Required("path", Pattern(WellPath(), "the names of row and column with / between")),
                    Required("rowIndex", Whole(0)),
                    Required("columnIndex", Whole(0))),
                least: 1,
                areUnique: true)),
            isWrapped ? Optional("version", Any) : new NgffMember("version", Exactly(Version4), isStrict));
        return isWrapped ? All(rule, PathsAreRowAndColumn) : rule;
    }

    private static NgffRule Well(bool isWrapped, bool isStrict) => Object(
        Required("images", List(
            Object(Optional("acquisition", Whole()), Required("path", Pattern(Alphanumeric(), "letters and digits"))),
            least: 1,
            areUnique: true)),
        isWrapped ? Optional("version", Any) : new NgffMember("version", Exactly(Version4), isStrict));

    private static void OneScale(JsonElement list, string where, List<string> defects)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        List<string?> types = [.. list.EnumerateArray().Select(TypeOf)];
        int scales = types.Count(type => type == "scale");
        if (scales != 1)
        {
            defects.Add($"{where} has {scales} scales, expected 1");
        }
        else if (types.IndexOf("translation") is int translation and >= 0 && translation < types.IndexOf("scale"))
        {
            defects.Add($"{where} has a translation before the scale");
        }
    }

    /// <summary>An axis without a type may be one of space.</summary>
    private static void TwoOrThreeOfSpace(JsonElement list, string where, List<string> defects)
    {
        int ofSpace = list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Count(axis => TypeOf(axis) is null or "space") : 2;
        if (ofSpace is < 2 or > 3)
        {
            defects.Add($"{where} has {ofSpace} axes of space, expected 2 or 3");
        }
    }

    /// <summary>Said so only since 0.5; in 0.4 a path of column and row is valid.</summary>
    private static void PathsAreRowAndColumn(JsonElement plate, string where, List<string> defects)
    {
        JsonElement[] wells = ListIn(plate, "wells") ?? [];
        for (int i = 0; i < wells.Length; i++)
        {
            if (NameAt(plate, "rows", wells[i], "rowIndex") is string row && NameAt(plate, "columns", wells[i], "columnIndex") is string column &&
                TextIn(wells[i], "path") is string path && path != $"{row}/{column}")
            {
                defects.Add($"{where}.wells[{i}].path is \"{path}\", expected \"{row}/{column}\"");
            }
        }
    }

    private static string? NameAt(JsonElement plate, string list, JsonElement well, string index) =>
        well.ValueKind == JsonValueKind.Object && well.TryGetProperty(index, out JsonElement number) &&
        number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int place) &&
        ListIn(plate, list) is JsonElement[] entries && place >= 0 && place < entries.Length
            ? TextIn(entries[place], "name")
            : null;

    private static JsonElement[]? ListIn(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray()]
            : null;

    private static string? TypeOf(JsonElement value) => TextIn(value, "type");

    private static string? TextIn(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;

    [GeneratedRegex("^[A-Za-z0-9]+$")]
    private static partial Regex Alphanumeric();

    [GeneratedRegex("^[A-Za-z0-9]+/[A-Za-z0-9]+$")]
    private static partial Regex WellPath();
}
