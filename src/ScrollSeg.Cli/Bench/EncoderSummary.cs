using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Sam.Measurement;

namespace ScrollSeg.Cli.Bench;

/// <summary>What <c>bench encoder</c> tells a person or a program.</summary>
internal sealed class EncoderSummary(string model, EncoderBenchmark benchmark, IReadOnlyList<EncoderTiming> timings)
{
    public string ToText()
    {
        List<string> lines =
        [
            Text($"{model}, {benchmark.Config.ViewSide} x {benchmark.Config.ViewSide}, {timings[0].OperationsPerImage / 1e12:f3} TFLOP per image; {benchmark.Device}, {EncoderBenchmark.Threads} threads; medians of {timings[0].Seconds.Count}"),
        ];
        foreach (EncoderTiming timing in timings)
        {
            lines.Add(Text($"{timing.Precision}, batch {timing.Batch}: {timing.ImagesPerSecond:g3} images/s, {timing.MedianSeconds / timing.Batch:f3} s per image ({timing.Seconds.Min() / timing.Batch:f3} to {timing.Seconds.Max() / timing.Batch:f3}), {timing.Rate / 1e9:f0} GFLOP/s, {timing.Share:p0} of the matrix product's {timing.ProductRate / 1e9:f0}"));
            lines.AddRange(timing.Parts.Select(part => Text($"  {part.Part,-24}{part.Seconds / timing.Batch,8:f3} s")));
        }

        return string.Join(Environment.NewLine, lines);
    }

    public JsonObject ToJson() => new()
    {
        ["model"] = model,
        ["device"] = benchmark.Device,
        ["threads"] = EncoderBenchmark.Threads,
        ["viewSide"] = benchmark.Config.ViewSide,
        ["operationsPerImage"] = timings[0].OperationsPerImage,
        ["timings"] = new JsonArray([.. timings.Select(timing => new JsonObject
        {
            ["precision"] = timing.Precision,
            ["batch"] = timing.Batch,
            ["imagesPerSecond"] = timing.ImagesPerSecond,
            ["seconds"] = new JsonArray([.. timing.Seconds.Select(seconds => JsonValue.Create(seconds))]),
            ["operationsPerSecond"] = timing.Rate,
            ["productOperationsPerSecond"] = timing.ProductRate,
            ["share"] = timing.Share,
            ["partSeconds"] = new JsonObject([.. timing.Parts.Select(part => KeyValuePair.Create(part.Part, (JsonNode?)JsonValue.Create(part.Seconds)))]),
        })]),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
